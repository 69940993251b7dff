import type { AskHeads } from './ask-heads.ts';
import { type ListBlocks, type MeritList, NO_BLOCK, ROOM } from './merit-list.ts';
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
  readonly heads: AskHeads;
  /** Number of the head where it stands. */
  at = 0;
  private readonly blocks: ListBlocks;
  private readonly places: Places;
  private minTier = 0;
  private contextTokens = 0;
  private size = 0;
  private block = 0;
  /** Behind the block's last head. */
  private end = 0;
  /** Number of the walk, by region of the last one whose regions cover it, and of which on that counts. */
  private walk = 0;
  private readonly coveredIn: number[] = [];
  private coveredSince = 0;

  constructor(blocks: ListBlocks, places: Places) {
    this.heads = blocks.heads;
    this.blocks = blocks;
    this.places = places;
  }

  /** Goes to the best one. @returns whether there is one */
  begin(list: MeritList, { minTier, contextTokens, regions, size }: WalkTerms): boolean {
    this.minTier = minTier;
    this.contextTokens = contextTokens;
    this.size = size;
    this.walk += 1;
    this.coveredSince = regions.length === 0 ? 0 : this.walk;
    while (this.coveredIn.length < this.places.limit) this.coveredIn.push(0);
    for (const code of regions)
      for (const region of this.places.coveredBy(code)) this.coveredIn[region] = this.walk;
    this.enter(list.first);
    return this.goTo(this.at);
  }

  /** Goes to the next one. @returns whether there is one */
  next(): boolean {
    return this.goTo(this.at + 1);
  }

  get effectiveAsk(): number {
    return this.heads.effectiveAskOf(this.at);
  }

  /** Whether the list goes on with an equal effective ask, admitted or not: seen without going there. */
  mayBeTied(): boolean {
    const { heads, at, effectiveAsk } = this;
    if (at + 1 < this.end) return heads.effectiveAskOf(at + 1) === effectiveAsk;
    const next = this.nextBlock();
    return next !== NO_BLOCK && heads.effectiveAskOf(next * ROOM) === effectiveAsk;
  }

  /** To the first one from `from` on that the request admits. */
  private goTo(from: number): boolean {
    if (this.find(from)) return true;
    for (let next = this.nextBlock(); next !== NO_BLOCK; next = this.nextBlock()) {
      this.enter(next);
      if (this.find(this.at)) return true;
    }
    return false;
  }

  /** Within the block. */
  private find(from: number): boolean {
    const { heads, end, minTier, contextTokens, size, coveredIn, coveredSince } = this;
    for (let at = from; at < end; at += 1) {
      const place = heads.placeOf(at);
      // In one: where a processor foretells each of them, it is wrong at every other ask, and starts again.
      const keptOut =
        Number(heads.contextOf(at) < contextTokens) |
        Number(tierIn(place) < minTier) |
        Number((coveredIn[regionIn(place)] as number) < coveredSince);
      if (keptOut !== 0 || !heads.standsUnder(at, size)) continue;
      this.at = at;
      return true;
    }
    return false;
  }

  private enter(block: number): void {
    this.block = block;
    this.at = block * ROOM;
    this.end = this.at + (this.blocks.lengths[block] as number);
  }

  private nextBlock(): number {
    return this.blocks.nexts[this.block] as number;
  }
}
