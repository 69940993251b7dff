import type { Hex } from '@hearth/attestation/receipt';
import { poolId } from '../market/index.ts';
import type { Clearing, ReceiptLeaf } from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import type { LoggedEntry, LogObserver } from './log-pass.ts';
import type { MarketState } from './market-state.ts';

/** A lease lasts ten minutes, and its receipts come up to 72 h late. */
const LEASE_MEMORY_MS = 73 * 3_600_000;

type Sold = Pick<ReceiptLeaf, 'nodeKey' | 'provider' | 'poolId' | 'effectiveAsk'>;

/** A receipt leaf says of its lease what the auction said: else a node could set the price of its pool with a number of its own. */
export class ReceiptCheck implements LogObserver {
  readonly #state: MarketState;
  readonly #defects: Defects;
  /** By lease, oldest first. */
  readonly #sold = new Map<Hex, Sold & { readonly atMs: number }>();
  #withoutLease = 0;

  constructor(state: MarketState, defects: Defects) {
    this.#state = state;
    this.#defects = defects;
  }

  /** Leaves of leases that no logged auction granted. */
  get withoutLease(): number {
    return this.#withoutLease;
  }

  apply({ index, entry }: LoggedEntry): void {
    if (entry.kind === 'clearing') this.#remember(entry.clearing, entry.atMs);
    if (entry.kind === 'receipt') this.#check(index, entry.message.body);
  }

  #remember({ winner }: Clearing, atMs: number): void {
    const ask = this.#state.askOf(winner.askId);
    if (ask === undefined) return; // the clearing's own check names it
    for (const [leaseId, sold] of this.#sold) {
      if (sold.atMs > atMs - LEASE_MEMORY_MS) break;
      this.#sold.delete(leaseId);
    }
    const { nodeKey, provider, modelDigest, tier, class: jobClass } = ask;
    const pool = poolId(modelDigest, tier, jobClass);
    this.#sold.set(winner.leaseId, {
      nodeKey,
      provider,
      poolId: pool,
      effectiveAsk: winner.effectiveAsk,
      atMs,
    });
  }

  #check(index: number, leaf: ReceiptLeaf): void {
    const sold = this.#sold.get(leaf.leaseId);
    if (sold === undefined) {
      this.#withoutLease += 1;
      return;
    }
    for (const field of ['nodeKey', 'provider', 'poolId', 'effectiveAsk'] as const)
      if (leaf[field] !== sold[field])
        this.#defects.add(
          'entry_invalid',
          index,
          `entry ${index}: receipt of lease ${leaf.leaseId}: ${field} ${leaf[field]}, sold as ${sold[field]}`,
        );
  }
}
