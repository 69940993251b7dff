import type { Hex } from '@hearth/attestation/receipt';
import type { SlotCounter } from '../../protocol/ask.ts';
import type { BookProof, BookRoot } from '../../protocol/clearing.ts';
import type { Ejection, QualityTable } from '../../protocol/market-record.ts';
import type { ClearingResult } from '../clear.ts';
import type { MarketAsk, StandingAsk } from '../clearing-input.ts';
import { clampedQuality, NEWCOMER_QUALITY_PPM } from '../order.ts';
import { standsFromMs } from '../price-rise.ts';
import { probationIn } from '../probation.ts';
import { AskRows } from './ask-rows.ts';
import { type BookInput, rankContenders } from './contenders.ts';
import { CounterTable } from './counter-table.ts';
import { ListBlocks } from './merit-list.ts';
import { MeritWalk } from './merit-walk.ts';
import type { Sought } from './pool-digest.ts';
import { type BookedRequest, PoolTrees } from './pool-trees.ts';
import { RowChains } from './row-chains.ts';
import { Shelf } from './shelf.ts';

/** An ask as the log took it. */
export interface LoggedMarketAsk {
  readonly askId: Hex;
  readonly ask: MarketAsk;
  readonly platformId: Hex;
  readonly timestampMs: number;
}

const MINUTE_MS = 60_000;

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
  /** By model. */
  private readonly shelves = new Map<Hex, Shelf[]>();
  private readonly shelfOfKind: Shelf[] = [];
  private readonly blocks = new ListBlocks();
  private readonly walk = new MeritWalk(this.blocks, this.rows.places);
  /** By node: until when it is out. */
  private readonly ejections = new Map<number, number>();
  /** Rows that a later entry closed, in log order. */
  private closed: { readonly row: number; readonly untilIndex: number }[] = [];

  private readonly trees: PoolTrees | undefined;
  private logMinute = 0;

  /** Provable: with a sorted Merkle tree per pool over the asks that sell. */
  constructor({ isProvable = false } = {}) {
    this.trees = isProvable ? new PoolTrees(this.rows) : undefined;
  }

  putAsk(index: number, { askId, ask, platformId, timestampMs }: LoggedMarketAsk): void {
    this.advance(index, timestampMs);
    const older = this.openRowsOf(ask);
    const standing = older.find((row) => this.rows.standsAt(row, timestampMs));
    const fromMs = standsFromMs(
      ask,
      timestampMs,
      standing === undefined ? undefined : this.read(standing).ask,
    );
    for (const row of older) this.endAt(row, index, fromMs, timestampMs);
    const qualityPpm = this.qualities[this.rows.platforms.number(platformId)] || NEWCOMER_QUALITY_PPM;
    const counter = this.counters.get(
      this.rows.nodes.number(ask.nodeKey),
      this.rows.enclaves.number(ask.enclaveKey),
    );
    const booked: StandingAsk = {
      askId,
      ask,
      platformId,
      timestampMs,
      standsFromMs: fromMs,
      freeSlots: counter?.freeSlots ?? ask.slots,
      usedSlots: counter?.usedSlots ?? 0,
      isPaused: counter?.isPaused ?? false,
    };
    const row = this.rows.put(booked, qualityPpm, index);
    const ejectedUntilMs = this.ejections.get(this.rows.nodeOf(row));
    if (ejectedUntilMs !== undefined && ejectedUntilMs > timestampMs) this.rows.eject(row, ejectedUntilMs);
    this.enter(row, index);
  }

  putCounter(
    index: number,
    counter: Pick<SlotCounter, 'nodeKey' | 'enclaveKey' | 'slots' | 'used' | 'pause'>,
    loggedAtMs: number,
  ): void {
    this.advance(index, loggedAtMs);
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

  /** What a quality table says of platforms, nodes and pools. */
  putTable(index: number, { platforms, nodes, pools }: QualityTable): void {
    for (const { platformId, qualityPpm, receipts } of platforms) {
      this.trees?.countReceipts(this.rows.platforms.number(platformId), receipts);
      this.putQuality(index, platformId, qualityPpm);
    }
    const { trees } = this;
    if (trees === undefined) return;
    for (const { platformId } of platforms)
      trees.review(this.ofPlatform.of(this.rows.platforms.number(platformId)), index);
    for (const { nodeKey, slotLimit } of nodes) {
      const node = this.rows.nodes.number(nodeKey);
      trees.limitSlots(node, slotLimit);
      trees.review(this.ofNode.of(node), index);
    }
    const changed = pools.filter((pool) =>
      trees.rule(pool.poolId, { ceilingPpm: pool.ceilingPpm ?? undefined, probation: probationIn(pool) }),
    );
    if (changed.length > 0) trees.review(this.openRows(), index);
  }

  /** The node competes for nothing until then. */
  putEjection(index: number, { nodeKey, untilMs }: Pick<Ejection, 'nodeKey' | 'untilMs'>): void {
    const node = this.rows.nodes.number(nodeKey);
    if ((this.ejections.get(node) ?? 0) >= untilMs) return;
    this.ejections.set(node, untilMs);
    for (const row of this.ofNode.of(node))
      this.replace(row, this.rows.revise(row, index, { ejectedUntilMs: untilMs }), index);
  }

  /** Forgets what only tree sizes below `horizon` still show: nobody will ask for them again. */
  forgetBelow(horizon: number): void {
    const kept = this.closed.findIndex(({ untilIndex }) => untilIndex >= horizon);
    const gone = this.closed.splice(0, kept < 0 ? this.closed.length : kept);
    for (const { row } of gone) {
      this.shelfFor(row).remove(row);
      this.rows.release(row);
    }
    this.trees?.forgetBelow(horizon);
  }

  /**
   * The same result as `clear` over `asksFor`, without looking at more asks than it takes to find three. Asks are read from
   * the book when somebody looks at them: at once, or a book that has moved on throws a RangeError.
   */
  clear(input: BookInput, size: number): ClearingResult {
    const { modelDigest, class: jobClass } = input.request;
    const shelf = this.shelfOf(modelDigest, jobClass, input.priceCard.priceCardHash);
    if (shelf === undefined) return { winner: undefined, runnersUp: [], unattested: [], full: [] };
    return rankContenders(shelf, this.walk, this.rows, input, size);
  }

  /** The book's number for an enclave, small and the same for as long as the book lives. */
  enclaveNumber(enclaveKey: Hex): number {
    return this.rows.enclaves.number(enclaveKey);
  }

  enclaveKey(enclave: number): Hex {
    return this.rows.enclaves.hex(enclave);
  }

  /** Standing asks for a model and class under the first `size` log entries, also those that can serve nobody now. */
  asksFor(
    modelDigest: Hex,
    jobClass: number,
    size: number,
    atMost = Number.POSITIVE_INFINITY,
  ): StandingAsk[] {
    const asks: StandingAsk[] = [];
    for (const shelf of this.shelves.get(modelDigest) ?? []) {
      if (shelf.class !== jobClass) continue;
      for (const row of shelf.everyRow()) {
        if (asks.length >= atMost) return asks;
        if (this.rows.standsUnder(row, size)) asks.push(this.read(row));
      }
    }
    return asks;
  }

  /** Standing asks of one node under the first `size` log entries. */
  asksOf(nodeKey: Hex, size: number): StandingAsk[] {
    return this.ofNode
      .of(this.rows.nodes.number(nodeKey))
      .filter((row) => this.rows.standsUnder(row, size))
      .map((row) => this.read(row));
  }

  /** Log index of the counter with which a node has said, since `size` log entries, that it sells nothing more. */
  soldOutSince(
    size: number,
    { nodeKey, enclaveKey }: Pick<MarketAsk, 'nodeKey' | 'enclaveKey'>,
  ): number | undefined {
    const newest = this.counters.get(this.rows.nodes.number(nodeKey), this.rows.enclaves.number(enclaveKey));
    if (newest === undefined || newest.counterIndex < size) return undefined;
    return newest.isPaused || newest.freeSlots < 1 ? newest.counterIndex : undefined;
  }

  /** The roots of the pools that a request admits. */
  booksOf(request: BookedRequest, priceCardHash: Hex, size: number): BookRoot[] {
    return this.provable().rootsFor(request, priceCardHash, size);
  }

  /** What proves a clearing of the request against those roots: every ask that is sought. */
  prove(request: BookedRequest, priceCardHash: Hex, sought: Sought, size: number): BookProof[] {
    return this.provable().prove(request, priceCardHash, sought, size);
  }

  private provable(): PoolTrees {
    if (this.trees === undefined) throw new RangeError('book: expected a provable one');
    return this.trees;
  }

  /**
   * Asks leave the book once a whole minute of log time has passed over their end: they can win nothing any more. Decided by
   * the log's own clock, so that everybody who folds it has the same book.
   */
  private advance(index: number, logMs: number): void {
    const minute = Math.floor(logMs / MINUTE_MS);
    if (minute <= this.logMinute) return;
    this.logMinute = minute;
    for (const row of this.openRows()) {
      if (this.rows.endsMsOf(row) > (minute - 1) * MINUTE_MS) continue;
      this.rows.close(row, index);
      this.leave(row, index);
    }
  }

  private *openRows(): Iterable<number> {
    for (let row = 0; row < this.rows.limit; row += 1) if (this.rows.isOpen(row)) yield row;
  }

  private openRowsOf({ nodeKey, modelDigest, class: jobClass }: MarketAsk): number[] {
    return this.ofNode.of(this.rows.nodes.number(nodeKey)).filter((row) => {
      const kind = this.rows.kinds[this.rows.kindOf(row)];
      return kind?.modelDigest === modelDigest && kind.class === jobClass;
    });
  }

  /** A newer ask of the node stands from `fromMs` on; an older one that would stand no moment more is gone. */
  private endAt(row: number, index: number, fromMs: number, nowMs: number): void {
    const standsUntilMs = this.rows.standsUntilMsOf(row);
    const endsMs = Math.min(standsUntilMs, fromMs);
    if (endsMs <= nowMs || endsMs <= this.rows.standsFromMsOf(row)) {
      this.rows.close(row, index);
      this.leave(row, index);
    } else if (endsMs < standsUntilMs)
      this.replace(row, this.rows.revise(row, index, { standsUntilMs: endsMs }), index);
  }

  private read(row: number): StandingAsk {
    return this.rows.read(row, this.rows.fromIndexOf(row));
  }

  private replace(row: number, next: number, index: number): void {
    this.leave(row, index);
    this.enter(next, index);
  }

  private enter(row: number, index: number): void {
    this.ofNode.add(this.rows.nodeOf(row), row);
    this.ofPlatform.add(this.rows.platformOf(row), row);
    this.shelfFor(row).add(row);
    this.trees?.enter(row, index);
  }

  /** It stays on its shelf for the tree sizes that still show it. */
  private leave(row: number, untilIndex: number): void {
    this.unlist(row, untilIndex);
    this.shelfFor(row).close(row, untilIndex);
    this.closed.push({ row, untilIndex });
  }

  private unlist(row: number, index: number): void {
    this.ofNode.remove(this.rows.nodeOf(row), row);
    this.ofPlatform.remove(this.rows.platformOf(row), row);
    this.trees?.leave(row, index);
  }

  private shelfOf(modelDigest: Hex, jobClass: number, priceCardHash: Hex): Shelf | undefined {
    for (const shelf of this.shelves.get(modelDigest) ?? [])
      if (shelf.class === jobClass && shelf.priceCardHash === priceCardHash) return shelf;
    return undefined;
  }

  private shelfFor(row: number): Shelf {
    const number = this.rows.kindOf(row);
    const known = this.shelfOfKind[number];
    if (known !== undefined) return known;
    const kind = this.rows.kinds[number];
    if (kind === undefined) throw new RangeError(`book: row ${row} is of no kind`);
    const { modelDigest, class: jobClass, priceCardHash } = kind;
    const ofModel = this.shelves.get(modelDigest) ?? [];
    const shelf =
      this.shelfOf(modelDigest, jobClass, priceCardHash) ??
      new Shelf(this.rows, this.blocks, jobClass, priceCardHash);
    if (!ofModel.includes(shelf)) this.shelves.set(modelDigest, [...ofModel, shelf]);
    this.shelfOfKind[number] = shelf;
    return shelf;
  }
}
