import type { Hex } from '@hearth/attestation/receipt';
import type { SlotCounter } from '../../protocol/ask.ts';
import type { StandingContender } from '../clear.ts';
import { type ClearingResult, Ranking } from '../clear.ts';
import type { ClearingInput, MarketAsk } from '../clearing-input.ts';
import { clampedQuality, effectiveAskCeil, NEWCOMER_QUALITY_PPM } from '../order.ts';
import { poolId } from '../pool-id.ts';
import { highestMultiplierFloor } from '../price.ts';
import { standsFromMs } from '../price-rise.ts';
import { type AskKind, AskRows, type BookedAsk } from './ask-rows.ts';
import type { Bucket } from './bucket.ts';
import { visitContenders } from './contenders.ts';
import { CounterTable } from './counter-table.ts';
import { PoolTree } from './pool-tree.ts';
import { keyBytes } from './pool-tree-hash.ts';
import type { PrefixProof } from './prefix-proof.ts';
import { RowChains } from './row-chains.ts';
import { Shelf } from './shelf.ts';

/** An ask as the log took it. */
export interface LoggedMarketAsk {
  readonly askId: Hex;
  readonly ask: MarketAsk;
  readonly platformId: Hex;
  readonly timestampMs: number;
}

/**
 * The order book: a fold of asks, slot counters and qualities in log order, as it was at any recent tree size. A node's
 * newest ask for (model, class) replaces its older one, a rise only once its delay is over; its newest counter says how
 * many slots are free, and before the first counter all of them are.
 */
export class AskBook {
  private readonly rows = new AskRows();
  private readonly ofNode = new RowChains();
  private readonly ofPlatform = new RowChains();
  private readonly counters = new CounterTable();
  /** By platform; 0 where no table says anything. */
  private qualities = new Uint32Array(1024);
  /** By model and class. */
  private readonly shelves = new Map<Hex, Map<number, Shelf>>();
  private readonly bucketOfKind: Bucket[] = [];
  private readonly trees = new Map<Hex, PoolTree>();
  /** Rows that a later entry closed, in log order. */
  private closed: { readonly row: number; readonly untilIndex: number }[] = [];

  private readonly isProvable: boolean;

  /** Provable: with a sorted Merkle tree per pool over the asks that sell, at the newest tree size. */
  constructor({ isProvable = false } = {}) {
    this.isProvable = isProvable;
  }

  putAsk(index: number, { askId, ask, platformId, timestampMs }: LoggedMarketAsk): void {
    const older = this.openRowsOf(ask);
    const standing = older.find((row) => isStandingAt(this.rows.get(row).standing, timestampMs));
    const fromMs = standsFromMs(
      ask,
      timestampMs,
      standing === undefined ? undefined : this.rows.get(standing).standing.ask,
    );
    for (const row of older) this.endAt(row, index, fromMs, timestampMs);
    const qualityPpm = this.qualities[this.rows.platforms.number(platformId)] || NEWCOMER_QUALITY_PPM;
    const counter = this.counters.get(
      this.rows.nodes.number(ask.nodeKey),
      this.rows.enclaves.number(ask.enclaveKey),
    );
    const booked: BookedAsk = {
      askId,
      ask,
      platformId,
      timestampMs,
      standsFromMs: fromMs,
      freeSlots: counter?.freeSlots ?? ask.slots,
      usedSlots: counter?.usedSlots ?? 0,
      isPaused: counter?.isPaused ?? false,
      logIndexes: counter === undefined ? [index] : [index, counter.counterIndex],
    };
    const effectiveAsk = effectiveAskCeil(ask.multiplierPpm, qualityPpm);
    this.enter(this.rows.put({ askId, standing: booked, qualityPpm, effectiveAsk }, index));
  }

  putCounter(
    index: number,
    counter: Pick<SlotCounter, 'nodeKey' | 'enclaveKey' | 'slots' | 'used' | 'pause'>,
  ): void {
    const { slots, used, pause } = counter;
    const change = {
      freeSlots: slots - used,
      usedSlots: used,
      isPaused: pause !== null,
      counterIndex: index,
    };
    const node = this.rows.nodes.number(counter.nodeKey);
    const enclave = this.rows.enclaves.number(counter.enclaveKey);
    this.counters.set(node, enclave, change);
    for (const row of this.ofNode.of(node))
      if (this.rows.enclaveOf(row) === enclave)
        this.replace(row, this.rows.revise(row, index, change), index);
  }

  putQuality(index: number, platformId: Hex, qualityPpm: number): void {
    const clamped = clampedQuality(qualityPpm);
    const platform = this.rows.platforms.number(platformId);
    if (platform >= this.qualities.length) {
      const larger = new Uint32Array(Math.max(this.qualities.length * 2, platform + 1));
      larger.set(this.qualities);
      this.qualities = larger;
    }
    this.qualities[platform] = clamped;
    for (const row of this.ofPlatform.of(platform))
      if (this.rows.qualityOf(row) !== clamped)
        this.replace(row, this.rows.revise(row, index, { qualityPpm: clamped }), index);
  }

  /** Forgets what only tree sizes below `horizon` still show: nobody will ask for them again. */
  forgetBelow(horizon: number): void {
    const kept = this.closed.findIndex(({ untilIndex }) => untilIndex >= horizon);
    const gone = this.closed.splice(0, kept < 0 ? this.closed.length : kept);
    for (const { row } of gone) {
      this.takeOut(row);
      this.rows.release(row);
    }
  }

  /** Forgets asks that ended before `untilMs`: they can win nothing any more. */
  dropEndedBefore(untilMs: number): void {
    for (let row = 0; row < this.rows.limit; row += 1) {
      if (!this.rows.isOpen(row) || this.rows.endsMsOf(row) >= untilMs) continue;
      this.unlist(row);
      this.takeOut(row);
      this.rows.release(row);
    }
  }

  /** The same result as `clear` over `asksFor`, without looking at more asks than it takes to find three. */
  clear(input: Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>, size: number): ClearingResult {
    const { modelDigest, class: jobClass } = input.request;
    const shelf = this.shelves.get(modelDigest)?.get(jobClass);
    if (shelf === undefined) return { winner: undefined, runnersUp: [], unattested: [] };
    const highestPpm = highestMultiplierFloor(input.priceCard, input.request);
    const ranking = new Ranking(input, highestPpm);
    visitContenders(shelf, this.rows, input, { size, highestPpm }, (next) => ranking.isFullWith(next));
    return ranking.result();
  }

  /** Every standing ask for a model and class under the first `size` log entries, also those that can serve nobody now. */
  asksFor(modelDigest: Hex, jobClass: number, size: number): BookedAsk[] {
    const asks: BookedAsk[] = [];
    for (const bucket of this.shelves.get(modelDigest)?.get(jobClass)?.buckets ?? [])
      for (const row of bucket.rows())
        if (this.rows.standsUnder(row, size)) asks.push(this.rows.get(row).standing);
    return asks;
  }

  /** Root of each pool's tree, by pool id. */
  poolRoots(): Map<Hex, Uint8Array> {
    return new Map(
      [...this.trees].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, tree]) => [id, tree.root()]),
    );
  }

  /** The asks of a pool up to and including `last`, the worst one that a clearing ranked. */
  provePrefix(
    pool: Hex,
    { effectiveAsk, askId }: Pick<StandingContender, 'effectiveAsk' | 'askId'>,
  ): PrefixProof {
    const tree = this.trees.get(pool);
    return tree?.prove(keyBytes(effectiveAsk, askId)) ?? { leaves: [], hidden: [] };
  }

  /** Log entries that `asksFor` rests on, without making an object of each ask. */
  logIndexesFor(modelDigest: Hex, jobClass: number, size: number): number[] {
    const indexes: number[] = [];
    for (const bucket of this.shelves.get(modelDigest)?.get(jobClass)?.buckets ?? [])
      for (const row of bucket.rows())
        if (this.rows.standsUnder(row, size)) indexes.push(...this.rows.logIndexesOf(row));
    return indexes;
  }

  private openRowsOf({ nodeKey, modelDigest, class: jobClass }: MarketAsk): number[] {
    return this.ofNode.of(this.rows.nodes.number(nodeKey)).filter((row) => {
      const kind = this.rows.kinds[this.rows.kindOf(row)];
      return kind?.modelDigest === modelDigest && kind.class === jobClass;
    });
  }

  /** A newer ask of the node stands from `fromMs` on; an older one that would stand no moment more is gone. */
  private endAt(row: number, index: number, fromMs: number, nowMs: number): void {
    const { standsFromMs: beginsMs, standsUntilMs = Number.POSITIVE_INFINITY } = this.rows.get(row).standing;
    const endsMs = Math.min(standsUntilMs, fromMs);
    if (endsMs <= nowMs || endsMs <= beginsMs) {
      this.rows.close(row, index);
      this.leave(row, index);
    } else if (endsMs < standsUntilMs)
      this.replace(row, this.rows.revise(row, index, { standsUntilMs: endsMs }), index);
  }

  private replace(row: number, next: number, index: number): void {
    this.leave(row, index);
    this.enter(next);
  }

  private enter(row: number): void {
    this.ofNode.add(this.rows.nodeOf(row), row);
    this.ofPlatform.add(this.rows.platformOf(row), row);
    this.bucketOf(row).add(row, this.rows.effectiveAskOf(row), this.rows.sells(row));
    if (this.isProvable && this.rows.sells(row)) this.treeOf(row).add(row);
  }

  /** It stays in its bucket for the tree sizes that still show it. */
  private leave(row: number, untilIndex: number): void {
    this.unlist(row);
    this.closed.push({ row, untilIndex });
  }

  private unlist(row: number): void {
    this.ofNode.remove(this.rows.nodeOf(row), row);
    this.ofPlatform.remove(this.rows.platformOf(row), row);
    if (this.isProvable && this.rows.sells(row)) this.treeOf(row).remove(row);
  }

  private takeOut(row: number): void {
    this.bucketOf(row).remove(row, this.rows.effectiveAskOf(row), this.rows.sells(row));
  }

  private bucketOf(row: number): Bucket {
    const number = this.rows.kindOf(row);
    const known = this.bucketOfKind[number];
    if (known !== undefined) return known;
    const kind = this.rows.kinds[number];
    if (kind === undefined) throw new RangeError(`book: row ${row} is of no kind`);
    const ofModel = this.shelves.get(kind.modelDigest) ?? new Map<number, Shelf>();
    this.shelves.set(kind.modelDigest, ofModel);
    const shelf = ofModel.get(kind.class) ?? new Shelf();
    ofModel.set(kind.class, shelf);
    // Kinds that differ in nothing but the price card share a bucket.
    const bucket = shelf.bucketOf(kind.tier, kind.region);
    this.bucketOfKind[number] = bucket;
    return bucket;
  }

  private treeOf(row: number): PoolTree {
    const { modelDigest, tier, class: jobClass } = this.rows.kinds[this.rows.kindOf(row)] as AskKind;
    const id = poolId(modelDigest, tier, jobClass);
    const tree = this.trees.get(id) ?? new PoolTree({ keyOf: this.rows.keyOf, bytesOf: this.rows.leafOf });
    this.trees.set(id, tree);
    return tree;
  }
}

function isStandingAt(
  { standsFromMs: fromMs, standsUntilMs = Number.POSITIVE_INFINITY }: BookedAsk,
  atMs: number,
): boolean {
  return fromMs <= atMs && atMs < standsUntilMs;
}
