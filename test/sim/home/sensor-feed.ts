import type { SensorBoard } from '@hearth/provider-agent/energy';
import { SimRandom } from '../engine/random.ts';
import type { Honesty } from './limit-watch.ts';
import { GUARD_S, isLying, type Sensor, type SensorFault, sensors } from './sensor-faults.ts';

const mappings = sensors.map((signal) => ({
  signal,
  unit: signal === 'socPercent' ? '%' : 'W',
  isInverted: false,
}));

const HOUR_MS = 3_600_000;
const FLOOD = 200;
/** Share of the reading by which an honest meter may be wrong. */
export const METER_ERROR = 0.005;

/** The meters of the house: each speaks every five seconds, a little wrong, and sometimes not at all or very wrong. */
export class SensorFeed {
  readonly #board: SensorBoard;
  readonly #random: SimRandom;
  readonly #faults: readonly SensorFault[];
  readonly #frozen = new Map<Sensor, number>();
  #next = 0;

  constructor(board: SensorBoard, seed: number, faults: readonly SensorFault[]) {
    this.#board = board;
    this.#random = new SimRandom(seed, 30);
    this.#faults = faults;
  }

  /** What may be blamed on the sensors at `second`: also for a while after a fault, until the policy knows that it is over. */
  honestyAt(second: number): Honesty {
    const fault = this.#current(second);
    if (!fault || second < fault.fromS) return 'honest';
    return isLying(fault) ? 'lying' : 'silent';
  }

  publish(second: number, nowMs: number, truth: Readonly<Record<Sensor, number>>): void {
    const fault = this.#current(second);
    const isOn = fault !== undefined && second >= fault.fromS && second < fault.untilS;
    if (!isOn && this.#frozen.size > 0) this.#frozen.clear();
    for (const mapping of mappings) {
      const sensor = mapping.signal;
      const error = sensor === 'socPercent' ? 1 : 1 + METER_ERROR * (2 * this.#random.fraction() - 1);
      const measured = truth[sensor] * error;
      if (isOn && fault.sensor === sensor) this.#misbehave(mapping, fault, measured, nowMs);
      else this.#board.accept('house', mapping, { value: measured }, nowMs);
    }
  }

  #current(second: number): SensorFault | undefined {
    while (second >= (this.#faults[this.#next]?.untilS ?? Number.POSITIVE_INFINITY) + GUARD_S)
      this.#next += 1;
    return this.#faults[this.#next];
  }

  #misbehave(
    mapping: (typeof mappings)[number],
    { sensor, kind }: SensorFault,
    measured: number,
    nowMs: number,
  ): void {
    const say = (value: number, measuredAtMs?: number) =>
      this.#board.accept('house', mapping, { value, measuredAtMs }, nowMs);
    switch (kind) {
      case 'silent':
        return;
      case 'nan':
        return void say(Number.NaN);
      case 'skewed':
        return void say(measured, nowMs + HOUR_MS);
      case 'flood':
        for (let copy = 0; copy < FLOOD; copy += 1) say(measured * (0.5 + this.#random.fraction()));
        return;
      case 'inverted':
        return void say(-measured);
      case 'kilowatts':
        return void say(measured / 1_000);
      case 'frozen': {
        const value = this.#frozen.get(sensor) ?? measured;
        this.#frozen.set(sensor, value);
        say(value);
      }
    }
  }
}
