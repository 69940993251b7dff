import type { Mapping, RawSample } from '../site/normalise.ts';

/** Where a source puts what it hears. It judges nothing: the board does. */
export interface SampleSink {
  sample(mapping: Mapping, raw: RawSample): void;
  /** The device is gone or says so: what it told is not the truth any more. */
  lost(reason: string): void;
  /** For people: what the source is doing. */
  status(text: string): void;
}

/** One way to hear about the site. To write a new one, copy `_blueprint.ts`. */
export interface EnergySource {
  /** Until `signal` fires. Comes back from every failure by itself, says `lost` when it has one, and never writes to the device. */
  run(sink: SampleSink, signal: AbortSignal): Promise<void>;
}

/** Turns messages of one dialect into samples; the connection is somebody else's. */
export interface TopicDecoder {
  /** MQTT topic filters. */
  readonly topics: readonly string[];
  message(message: TopicMessage, sink: SampleSink): void;
}

export type TopicMessage = {
  readonly topic: string;
  readonly payload: string;
  /** The broker's stored copy, of unknown age. */
  readonly isRetained: boolean;
  readonly atMs: number;
};
