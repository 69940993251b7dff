import { type OperatingPoint, type PriceTerms } from '@hearth/provider-agent/energy';
import type { SimRandom } from '../engine/random.ts';
import { house } from './house.ts';

/** From a decision to watts. */
export const LAG_S = 2;
/** How long buyers keep coming, or stay away. */
const DEMAND_S = 20;
const BUSY_SHARE = 0.8;

/** The machine: does what it was last told, a moment later, and only while somebody buys. */
export class SimNode {
  readonly #chance: SimRandom;
  readonly #terms: PriceTerms;
  #told: OperatingPoint | undefined;
  #inForce: OperatingPoint | undefined;
  #changesAtS = -1;
  #hasBuyers = false;
  watts: number = house.idleW;
  isWorking = false;
  readonly sums = { wattSeconds: 0, workS: 0, tokens: 0, earnedUsd: 0 };

  constructor(chance: SimRandom, terms: PriceTerms) {
    this.#chance = chance;
    this.#terms = terms;
  }

  /** @param point undefined: no work */
  tell(point: OperatingPoint | undefined, second: number): void {
    if (point === this.#told) return;
    this.#told = point;
    this.#changesAtS = second + LAG_S;
  }

  isConfirmed(second: number): boolean {
    return second >= this.#changesAtS;
  }

  /** One second, in which buyers pay `soldMicroUsd` per million output tokens to whoever does not ask for more. */
  step(second: number, askedMicroUsd: number, soldMicroUsd: number): void {
    if (second === this.#changesAtS) this.#inForce = this.#told;
    if (second % DEMAND_S === 0) this.#hasBuyers = this.#chance.chance(BUSY_SHARE);
    const point = this.#inForce;
    this.isWorking = point !== undefined && this.#hasBuyers && askedMicroUsd <= soldMicroUsd;
    this.watts = point && this.isWorking ? point.watts : house.idleW;
    const { sums } = this;
    sums.wattSeconds += this.watts;
    if (!point || !this.isWorking) return;
    sums.workS += 1;
    sums.tokens += point.tokensPerSecond;
    sums.earnedUsd += (point.tokensPerSecond * soldMicroUsd * (1 - this.#terms.feeShare)) / 1e12;
    sums.earnedUsd -= this.#terms.wearUsdPerHour / 3_600;
  }
}
