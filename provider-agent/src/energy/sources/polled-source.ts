import { messageOf } from '../../agent-error.ts';
import { type Clock, delay, type Timers } from '../../host/ports.ts';
import type { EnergySource, SampleSink } from './energy-source.ts';

export type SourcePorts = { readonly clock: Clock; readonly timers: Timers };

/** One look at a device. Throws when there is no answer: silence is then judged by the age of what was heard before. */
export interface Meter {
  read(sink: SampleSink, signal: AbortSignal): Promise<void>;
}

/** An answer that takes longer than this is none. */
const TIMEOUT_MS = 5_000;

/** A device that is asked every so often; one question at a time, and each has a time limit. */
export function polledSource(meter: Meter, everyMs: number, { timers }: SourcePorts): EnergySource {
  return {
    async run(sink, signal) {
      let wasHeard = true;
      while (!signal.aborted) {
        const timeout = new AbortController();
        const cancel = timers.after(TIMEOUT_MS, () =>
          timeout.abort(new Error(`no answer in ${TIMEOUT_MS} ms`)),
        );
        try {
          await meter.read(sink, AbortSignal.any([signal, timeout.signal]));
          if (!wasHeard) sink.status('answers again');
          wasHeard = true;
        } catch (error) {
          if (wasHeard && !signal.aborted) sink.status(messageOf(error));
          wasHeard = false;
        } finally {
          cancel();
        }
        await delay(timers, everyMs, signal);
      }
    },
  };
}
