import type { BaseSignal } from '../../site/signals.ts';
import type { SampleSink, TopicDecoder, TopicMessage } from '../energy-source.ts';

const signals: Readonly<Record<string, readonly [BaseSignal, unit: string]>> = {
  'site/grid/power': ['gridW', 'W'],
  'site/gridPower': ['gridW', 'W'],
  'site/battery/power': ['batteryW', 'W'],
  'site/batteryPower': ['batteryW', 'W'],
  'site/battery/soc': ['socPercent', '%'],
  'site/batterySoc': ['socPercent', '%'],
  'site/pvPower': ['pvW', 'W'],
  'site/homePower': ['loadW', 'W'],
  'site/tariffGrid': ['importPerKwh', '1/kWh'],
  'site/tariffFeedIn': ['exportPerKwh', '1/kWh'],
  'site/tariffCo2': ['gramsPerKwh', 'g/kWh'],
};

/** evcc publishes in our frame already: import and discharge positive, plain watts. `<prefix>/status` is its will. */
export class EvccDecoder implements TopicDecoder {
  readonly topics: readonly string[];
  readonly #prefix: string;
  readonly #left: ReadonlySet<BaseSignal>;

  /** @param left signals that another source brings */
  constructor(prefix = 'evcc', left: readonly BaseSignal[] = []) {
    this.#prefix = prefix;
    this.#left = new Set(left);
    this.topics = [`${prefix}/status`, ...Object.keys(signals).map((path) => `${prefix}/${path}`)];
  }

  message({ topic, payload, isRetained }: TopicMessage, sink: SampleSink): void {
    const path = topic.slice(this.#prefix.length + 1);
    if (path === 'status') {
      if (payload === 'offline') sink.lost('evcc is offline');
      return;
    }
    const [signal, unit] = signals[path] ?? [];
    if (signal === undefined || unit === undefined || this.#left.has(signal)) return;
    sink.sample({ signal, unit, isInverted: false }, { value: payload, isRetained });
  }
}
