import type { Hex } from '@hearth/attestation/receipt';
import { isReceiptOf, LEASE_MEMORY_MS, poolId, type SoldLease, strayField } from '../market/index.ts';
import type { Clearing, LogEntry } from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import type { LoggedEntry, LogObserver } from './log-pass.ts';
import type { MarketState } from './market-state.ts';

type Receipt = Extract<LogEntry, { kind: 'receipt' }>;

/** A receipt leaf says of its lease what the auction said. */
export class ReceiptCheck implements LogObserver {
  readonly #state: MarketState;
  readonly #defects: Defects;
  /** By lease, oldest first. */
  readonly #sold = new Map<Hex, SoldLease>();
  #withoutLease = 0;

  constructor(state: MarketState, defects: Defects) {
    this.#state = state;
    this.#defects = defects;
  }

  /** Leaves of leases that no logged auction granted: allowed, and counted nowhere. */
  get withoutLease(): number {
    return this.#withoutLease;
  }

  apply({ index, entry }: LoggedEntry): void {
    if (entry.kind === 'clearing') this.#remember(index, entry.clearing, entry.atMs);
    if (entry.kind === 'receipt') this.#check(index, entry);
  }

  /** Whether a receipt that was just applied counts in windows and tables. */
  isCounted(index: number, { atMs, message }: Receipt): boolean {
    const leaf = message.body;
    return isReceiptOf(this.#sold.get(leaf.leaseId), { index, atMs, leaf });
  }

  #remember(clearingIndex: number, { winner }: Clearing, soldAtMs: number): void {
    const ask = this.#state.askOf(winner.askId);
    if (ask === undefined) return; // the clearing's own check names it
    for (const [leaseId, sold] of this.#sold) {
      if (sold.soldAtMs > soldAtMs - LEASE_MEMORY_MS) break;
      this.#sold.delete(leaseId);
    }
    const { nodeKey, provider, modelDigest, tier, class: jobClass } = ask;
    const pool = poolId(modelDigest, tier, jobClass);
    const { leaseId, effectiveAsk } = winner;
    if (!this.#sold.has(leaseId))
      this.#sold.set(leaseId, { nodeKey, provider, poolId: pool, effectiveAsk, clearingIndex, soldAtMs });
  }

  #check(index: number, { message: { body: leaf } }: Receipt): void {
    const sold = this.#sold.get(leaf.leaseId);
    if (sold === undefined) {
      this.#withoutLease += 1;
      return;
    }
    const field = strayField(leaf, sold);
    if (field !== undefined)
      this.#defects.add(
        'entry_invalid',
        index,
        `entry ${index}: receipt of lease ${leaf.leaseId}: ${field} ${leaf[field]}, sold as ${sold[field]}`,
      );
  }
}
