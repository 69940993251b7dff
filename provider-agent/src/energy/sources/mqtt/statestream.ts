import type { Mapping } from '../../site/normalise.ts';
import type { SampleSink, TopicDecoder, TopicMessage } from '../energy-source.ts';

/**
 * Home Assistant's `mqtt_statestream`: `homeassistant/sensor/<object_id>/state` → `-2350.5`, also quoted, `unknown` or
 * `unavailable`. It speaks only on change: for slow values the WebSocket source is the better one.
 */
export class StatestreamDecoder implements TopicDecoder {
  readonly topics: readonly string[];
  readonly #mappings: ReadonlyMap<string, Mapping>;

  /** @param mappings by topic, e.g. `homeassistant/sensor/grid_power/state` */
  constructor(mappings: Readonly<Record<string, Mapping>>) {
    this.topics = Object.keys(mappings);
    this.#mappings = new Map(Object.entries(mappings));
  }

  message({ topic, payload, isRetained }: TopicMessage, sink: SampleSink): void {
    const mapping = this.#mappings.get(topic);
    if (mapping) sink.sample(mapping, { value: payload, isRetained });
  }
}
