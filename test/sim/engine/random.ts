import { Random } from '../../fuzz/random.ts';

/** Draws of one stream of a seed. Streams are independent: one more draw in one of them moves no other. */
export class SimRandom extends Random {
  /** Uniform in [0, 1). */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  /** Evenly spread over orders of magnitude, in [from, to). */
  logUniform(from: number, to: number): number {
    return from * (to / from) ** this.fraction();
  }

  /** Gap to the next of arrivals that know nothing of each other; at least 1 ms, so that time always moves. */
  gapMs(meanMs: number): number {
    return Math.max(1, Math.round(-Math.log(1 - this.fraction()) * meanMs));
  }

  /** Trials until the first success, from 1, `mean` on average. */
  geometric(mean: number): number {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - this.fraction()) / Math.log(1 - 1 / mean));
  }

  /** Number of arrivals where `mean` are expected; for means of a few. */
  poisson(mean: number): number {
    const enough = Math.exp(-mean);
    let product = this.fraction();
    let count = 0;
    for (; product > enough; count += 1) product *= this.fraction();
    return count;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** In place (Fisher–Yates). */
  shuffle<T>(list: T[]): T[] {
    for (let i = list.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j] as T, list[i] as T];
    }
    return list;
  }
}
