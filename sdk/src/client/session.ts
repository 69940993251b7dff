import type { Hex } from '@hearth/attestation/receipt';
import { fromHex } from '@hearth/attestation/receipt';
import type { Hold } from '../protocol/index.ts';
import type { Client } from './context.ts';
import { HedgeBudget } from './hedge-budget.ts';
import type { GrantedLease } from './lease.ts';
import type { Reservation } from './order-record.ts';
import type { OrderFile } from './order-store.ts';

/**
 * One order in use by this process: its file is locked, its session key signs, its leases are reused until they end.
 * Jobs of one session may overlap; the bookkeeping between two awaits is synchronous, so caps never race.
 */
export type Session = {
  readonly client: Client;
  readonly file: OrderFile;
  readonly leases: Set<GrantedLease>;
  /** Of these, the ones with a job on them: a lease is one slot, so jobs side by side need one each. */
  readonly busyLeases: Set<GrantedLease>;
  /** The newest Hold seen of each enclave. */
  readonly holds: Map<Hex, Hold>;
  /** Header hashes of jobs under way here; what else is in flight on disk broke off in some way. */
  readonly running: Set<Hex>;
  /** Room for jobs that the disk has for good: whoever takes one need not wait for the disk. */
  readonly reserved: WeakSet<Reservation>;
  readonly hedges: HedgeBudget;
};

export function createSession(client: Client, file: OrderFile): Session {
  return {
    client,
    file,
    leases: new Set(),
    busyLeases: new Set(),
    holds: new Map(),
    running: new Set(),
    reserved: new WeakSet(),
    hedges: new HedgeBudget(),
  };
}

export function sessionKey(session: Session): Uint8Array {
  return fromHex(session.file.record.sessionPrivateKey);
}
