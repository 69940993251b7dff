import type { Hex } from '@hearth/attestation/receipt';
import { fromHex } from '@hearth/attestation/receipt';
import type { Client } from './context.ts';
import type { GrantedLease } from './lease.ts';
import type { OrderFile } from './order-store.ts';

/**
 * One order in use by this process: its file is locked, its session key signs, its leases are reused until they end.
 * Jobs of one session may overlap; the bookkeeping between two awaits is synchronous, so caps never race.
 */
export type Session = {
  readonly client: Client;
  readonly file: OrderFile;
  /** Leases by model digest. */
  readonly leases: Map<Hex, GrantedLease>;
};

export function createSession(client: Client, file: OrderFile): Session {
  return { client, file, leases: new Map() };
}

export function sessionKey(session: Session): Uint8Array {
  return fromHex(session.file.record.sessionPrivateKey);
}

/** Unlocks the order. Jobs in flight stay on disk and count against the cap until their receipts come. */
export function closeSession(session: Session): void {
  session.leases.clear();
  session.file.release();
}
