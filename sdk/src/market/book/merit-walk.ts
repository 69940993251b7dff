import { CONTEXT, EFFECTIVE, FROM, PLACE, ROW, type Run, UNTIL } from './merit-list.ts';
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
  /** Of the ask where it stands. */
  effectiveAsk = 0;
  row = 0;
  private readonly places: Places;
  private runs: readonly Run[] = [];
  private minTier = 0;
  private contextTokens = 0;
  private size = 0;
  private isAnywhere = true;
  /** Behind where it stands. */
  private run = 0;
  private at = 0;
  /** Number of the walk, and by region of the last one whose regions cover it. */
  private walk = 0;
  private readonly coveredIn: number[] = [];

  constructor(places: Places) {
    this.places = places;
  }

  /** Goes to the best one. @returns whether there is one */
  begin(runs: readonly Run[], { minTier, contextTokens, regions, size }: WalkTerms): boolean {
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

  /** Goes to the next one. @returns whether there is one */
  next(): boolean {
    const { runs, minTier, contextTokens, size, isAnywhere, coveredIn, walk } = this;
    for (; this.run < runs.length; this.run += 1, this.at = 0) {
      const { words, length } = runs[this.run] as Run;
      for (let at = this.at; at < length; at += 1) {
        const place = words[PLACE + at] as number;
        if (contextTokens > (words[CONTEXT + at] as number) || tierIn(place) < minTier) continue;
        if (!isAnywhere && coveredIn[regionIn(place)] !== walk) continue;
        if ((words[FROM + at] as number) >= size || size > (words[UNTIL + at] as number)) continue;
        this.at = at + 1;
        this.effectiveAsk = words[EFFECTIVE + at] as number;
        this.row = words[ROW + at] as number;
        return true;
      }
    }
    return false;
  }

  /** Whether the list goes on with an equal effective ask, admitted or not: seen without going there. */
  mayBeTied(): boolean {
    const { words, length } = this.runs[this.run] as Run;
    if (this.at < length) return words[EFFECTIVE + this.at] === this.effectiveAsk;
    return this.runs[this.run + 1]?.words[EFFECTIVE] === this.effectiveAsk;
  }
}
