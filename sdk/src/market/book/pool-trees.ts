import type { Hex } from '@hearth/attestation/receipt';
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeBase64 } from '../../crypto/index.ts';
import type { BookProof, BookRoot } from '../../protocol/clearing.ts';
import type { RequestTerms } from '../clearing-input.ts';
import { poolId, TIERS } from '../pool-id.ts';
import { ESTABLISHED_RECEIPTS, NEWCOMER_SLOTS, type Probation } from '../probation.ts';
import type { AskKind, AskRows } from './ask-rows.ts';
import type { Sought } from './pool-digest.ts';
import { PoolTree } from './pool-tree.ts';

/** What the market's records say of a pool, as far as it keeps asks from selling to anybody. */
export interface PoolRule {
  readonly ceilingPpm: number | undefined;
  readonly probation: Probation;
}

/** What of a request names pools. */
export type BookedRequest = Pick<RequestTerms, 'modelDigest' | 'class' | 'minTier'>;

const NO_RULE: PoolRule = { ceilingPpm: undefined, probation: 'off' };
const OUT = 0;
const IN = 1;

/**
 * One sorted Merkle tree per pool and price card, over the asks that may sell: free slots, not paused, not overstated,
 * past or within their probation, not above the pool's ceiling. All of that follows from the log alone, so whoever folds it
 * gets the same trees; what depends on a request or on its moment stands in the leaf.
 */
export class PoolTrees {
  private readonly rows: AskRows;
  private readonly trees = new Map<string, PoolTree>();
  /** By kind. */
  private readonly treeOfKind: PoolTree[] = [];
  private readonly poolOfKind: Hex[] = [];
  private readonly rules = new Map<Hex, PoolRule>();
  /** By node; absent: as many slots as it says. */
  private readonly slotLimits = new Map<number, number>();
  /** By platform. */
  private readonly established = new Set<number>();
  /** By row. */
  private states = new Uint8Array(1024);

  constructor(rows: AskRows) {
    this.rows = rows;
  }

  /** @param index of the log entry that makes it so, here and below */
  enter(row: number, index: number): void {
    if (!this.maySell(row)) return;
    if (row >= this.states.length) this.states = grown(this.states, row);
    this.states[row] = IN;
    this.treeOf(row).add(row, index);
  }

  leave(row: number, index: number): void {
    if (this.states[row] !== IN) return;
    this.states[row] = OUT;
    this.treeOf(row).remove(row, index);
  }

  /** After a rule changed that it stands under. */
  review(rows: Iterable<number>, index: number): void {
    for (const row of rows) {
      if ((this.states[row] === IN) === this.maySell(row)) continue;
      if (this.states[row] === IN) this.leave(row, index);
      else this.enter(row, index);
    }
  }

  limitSlots(node: number, slotLimit: number | null): void {
    if (slotLimit === null) this.slotLimits.delete(node);
    else this.slotLimits.set(node, slotLimit);
  }

  countReceipts(platform: number, receipts: number): void {
    if (receipts >= ESTABLISHED_RECEIPTS) this.established.add(platform);
    else this.established.delete(platform); // as everywhere, the newest table is what counts
  }

  /** @returns whether it is another rule than before */
  rule(pool: Hex, rule: PoolRule): boolean {
    const before = this.rules.get(pool) ?? NO_RULE;
    this.rules.set(pool, rule);
    return before.ceilingPpm !== rule.ceilingPpm || before.probation !== rule.probation;
  }

  forgetBelow(horizon: number): void {
    for (const tree of this.trees.values()) tree.forgetBelow(horizon);
  }

  /** Root of each pool that a request admits, by tier. */
  rootsFor(request: BookedRequest, priceCardHash: Hex, size: number): BookRoot[] {
    return TIERS.filter((tier) => tier >= request.minTier).map((tier) => {
      const root = this.treeFor(request, tier, priceCardHash)?.root(size);
      return { tier, root: hexOf(root ?? new Uint8Array(32)) };
    });
  }

  /** Shows the asks of those pools that are sought. */
  prove(request: BookedRequest, priceCardHash: Hex, sought: Sought, size: number): BookProof[] {
    return TIERS.filter((tier) => tier >= request.minTier).map((tier) => ({
      tier,
      shown: encodeBase64(
        this.treeFor(request, tier, priceCardHash)?.prove(size, sought) ?? new Uint8Array(),
      ),
    }));
  }

  private treeFor(
    { modelDigest, class: jobClass }: BookedRequest,
    tier: number,
    priceCardHash: Hex,
  ): PoolTree | undefined {
    return this.trees.get(nameOf({ modelDigest, class: jobClass, tier, priceCardHash }));
  }

  private maySell(row: number): boolean {
    const { rows } = this;
    if (!rows.sells(row)) return false;
    const used = rows.usedOf(row);
    if (used >= (this.slotLimits.get(rows.nodeOf(row)) ?? Number.POSITIVE_INFINITY)) return false;
    const { ceilingPpm, probation } = this.rules.get(this.poolOf(row)) ?? NO_RULE;
    if (ceilingPpm !== undefined && rows.multiplierOf(row) > ceilingPpm) return false;
    if (probation === 'off' || this.established.has(rows.platformOf(row))) return true;
    return probation === 'open' && used < NEWCOMER_SLOTS;
  }

  private poolOf(row: number): Hex {
    const kind = this.rows.kindOf(row);
    const known = this.poolOfKind[kind];
    if (known !== undefined) return known;
    const { modelDigest, tier, class: jobClass } = this.rows.kinds[kind] as AskKind;
    const pool = poolId(modelDigest, tier, jobClass);
    this.poolOfKind[kind] = pool;
    return pool;
  }

  private treeOf(row: number): PoolTree {
    const kind = this.rows.kindOf(row);
    const known = this.treeOfKind[kind];
    if (known !== undefined) return known;
    const name = nameOf(this.rows.kinds[kind] as AskKind);
    const tree = this.trees.get(name) ?? new PoolTree({ keyOf: this.rows.keyOf, bytesOf: this.rows.leafOf });
    this.trees.set(name, tree);
    this.treeOfKind[kind] = tree;
    return tree;
  }
}

/** A pool, and the price card that its asks name: under another one they cannot sell. */
const nameOf = ({ modelDigest, class: jobClass, tier, priceCardHash }: Omit<AskKind, 'region'>) =>
  `${modelDigest}/${jobClass}/${tier}/${priceCardHash}`;

function grown(array: Uint8Array<ArrayBuffer>, index: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(array.length * 2, index + 1));
  larger.set(array);
  return larger;
}

const hexOf = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;
