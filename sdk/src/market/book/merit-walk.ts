import type { Run } from './merit-list.ts';
import { type Places, regionIn, tierIn } from './places.ts';

/** What of a request decides which asks of a shelf a clearing looks at. */
export interface WalkTerms {
  readonly minTier: number;
  readonly contextTokens: number;
  /** None means any. */
  readonly regions: readonly string[];
  /** Log entries that count. */
  readonly size: number;
}

/** Over the asks of one shelf that a request admits, best first. One walk at a time, and no change meanwhile. */
export class MeritWalk {
  private readonly places: Places;
  private runs: readonly Run[] = [];
  private minTier = 0;
  private contextTokens = 0;
  private size = 0;
  private isAnywhere = true;
  /** Where it stands. */
  private run = 0;
  private at = 0;
  /** Number of the walk, and by region of the last one whose regions cover it. */
  private walk = 0;
  private readonly coveredIn: number[] = [];

  constructor(places: Places) {
    this.places = places;
  }

  /** @returns the key of the best one; infinite where there is none */
  begin(runs: readonly Run[], { minTier, contextTokens, regions, size }: WalkTerms): number {
    this.runs = runs;
    this.minTier = minTier;
    this.contextTokens = contextTokens;
    this.size = size;
    this.run = 0;
    this.at = 0;
    this.walk += 1;
    this.isAnywhere = regions.length === 0;
    for (const code of regions)
      for (const region of this.places.coveredBy(code)) this.coveredIn[region] = this.walk;
    return this.next();
  }

  /** @returns the key behind the last one; infinite at the end */
  next(): number {
    const { runs, minTier, contextTokens, size, isAnywhere, coveredIn, walk } = this;
    for (; this.run < runs.length; this.run += 1, this.at = 0) {
      const { keys, places, contexts, froms, untils, length } = runs[this.run] as Run;
      for (let at = this.at; at < length; at += 1) {
        const place = places[at] as number;
        if (contextTokens > (contexts[at] as number) || tierIn(place) < minTier) continue;
        if (!isAnywhere && coveredIn[regionIn(place)] !== walk) continue;
        if ((froms[at] as number) >= size || size > (untils[at] as number)) continue;
        this.at = at + 1;
        return keys[at] as number;
      }
    }
    return Number.POSITIVE_INFINITY;
  }
}
