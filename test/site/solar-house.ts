import { HouseState } from '../sim/home/house-state.ts';
import { type Household, household } from '../sim/home/household.ts';
import { seasons } from '../sim/home/seasons.ts';

/** Then the same week again. */
const DAYS = 7;
const START_PERCENT = 35;
const LAG_W = 15;
/** Clouds and a low sun: there is something to follow. */
const autumn = seasons.find(({ name }) => name === 'autumn') as (typeof seasons)[number];

export type HousePower = {
  readonly gridW: number;
  readonly pvW: number;
  readonly batteryW: number;
  readonly socPercent: number;
  readonly loadW: number;
};

/** The simulator's house with panels and battery, lived through as fast as somebody asks. */
export class SolarHouse {
  readonly #household: Household;
  readonly #state = new HouseState(START_PERCENT);
  #second: number;

  constructor(seed: number, startSecond: number) {
    this.#household = household(autumn, seed, DAYS);
    this.#second = startSecond;
  }

  sunAt(second: number): number {
    return this.#household.pvW[second % this.#household.seconds] ?? 0;
  }

  /** Lives on until `second` with the node drawing `nodeW`. */
  until(second: number, nodeW: number): HousePower {
    let loadW = nodeW;
    do {
      loadW = (this.#household.restW[this.#second % this.#household.seconds] ?? 0) + nodeW;
      this.#state.step(loadW, this.sunAt(this.#second));
      this.#second += 1;
    } while (this.#second <= second);
    const { gridW, batteryW, socPercent } = this.#state;
    // The battery follows the house with a lag: a grid meter never stands still.
    const lagW = LAG_W * Math.sin(this.#second);
    return {
      gridW: gridW + lagW,
      pvW: this.sunAt(this.#second - 1),
      batteryW: batteryW - lagW,
      socPercent,
      loadW,
    };
  }
}
