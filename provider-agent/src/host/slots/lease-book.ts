import type { Hex } from '@hearth/attestation/receipt';
import { type Accept, HearthError, type Hold, type Lease, type Signed } from '@hearth/sdk/protocol';
import { pairId } from '../journal/journal-state.ts';

/** Holds and leases are remembered this long after their end: receipts of their last jobs may still come. */
const KEEP_AFTER_END_MS = 60 * 60_000;

const MAX_REMEMBERED_ENDS = 4096;

export type GrantedLease = {
  readonly lease: Signed<Lease>;
  /** Resolves when the lease is in the journal: no job starts before, because its receipts could not be explained. */
  readonly durable: Promise<void>;
};

/** What this node has accepted, what the gateway has granted on it, and how much it has promised to pay. */
export class LeaseBook {
  readonly #accepts = new Map<Hex, Signed<Accept>>();
  readonly #leases = new Map<Hex, GrantedLease>();
  readonly #holds = new Map<string, Signed<Hold>>();
  /** On what the chain has set aside, for jobs that no gateway carries. */
  readonly #ownHolds = new Map<string, Signed<Hold>>();
  readonly #over = new Set<Hex>();

  accepted(accept: Signed<Accept>): void {
    this.#accepts.set(accept.body.leaseId, accept);
  }

  acceptOf(leaseId: Hex): Signed<Accept> | undefined {
    return this.#accepts.get(leaseId);
  }

  /** @throws HearthError `peer_protocol_violation` for a lease that is not what this node accepted */
  assertAccepted(lease: Lease): void {
    const accept = this.#accepts.get(lease.leaseId);
    if (!accept) throw violation(`lease ${lease.leaseId}: this node never accepted it`);
    for (const [name, term] of Object.entries(lease)) {
      if (name === 'grantedAtMs') continue;
      const accepted = accept.body[name as keyof Accept];
      if (accepted !== term) throw violation(`lease ${name}: expected ${accepted} as accepted, got ${term}`);
    }
  }

  /** @param isDirect the hold is the node's own: it is numbered apart from the gateway's */
  granted(
    lease: Signed<Lease>,
    hold: Signed<Hold>,
    durable: Promise<void>,
    { isDirect = false }: { readonly isDirect?: boolean | undefined } = {},
  ): void {
    const { orderHash, enclaveKey, leaseId } = lease.body;
    if (hold.body.orderHash !== orderHash || hold.body.enclaveKey !== enclaveKey)
      throw violation(`hold of lease ${leaseId}: it is for another order or enclave`);
    this.#leases.set(leaseId, { lease, durable });
    const holds = isDirect ? this.#ownHolds : this.#holds;
    const id = pairId(orderHash, enclaveKey);
    const known = holds.get(id);
    // Holds grow; the sequence says which is newest, whatever order they arrive in.
    if (!known || isDirect || hold.body.holdSequence > known.body.holdSequence) holds.set(id, hold);
  }

  find(leaseId: Hex): GrantedLease | undefined {
    return this.#leases.get(leaseId);
  }

  /** What a lease of this node was sold for, also before the gateway has granted it. */
  modelOf(leaseId: Hex): Hex | undefined {
    return (this.#leases.get(leaseId)?.lease ?? this.#accepts.get(leaseId))?.body.modelDigest;
  }

  /** How far authorisations for the pair may go now, in pUSD. */
  heldPicoUsd(orderHash: Hex, enclaveKey: Hex, nowMs: number): bigint {
    const id = pairId(orderHash, enclaveKey);
    return [this.#holds.get(id), this.#ownHolds.get(id)].reduce((most, hold) => {
      const held = hold && hold.body.expiresAtMs > nowMs ? hold.body.heldCumulativePicoUsd : 0n;
      return held > most ? held : most;
    }, 0n);
  }

  /** It ended before its time: jobs on it are refused from now on. */
  over(leaseId: Hex): void {
    this.#over.add(leaseId);
    this.#leases.delete(leaseId);
    const [oldest] = this.#over;
    if (this.#over.size > MAX_REMEMBERED_ENDS && oldest) this.#over.delete(oldest);
  }

  isOver(leaseId: Hex): boolean {
    return this.#over.has(leaseId);
  }

  /** Every Hold that stands, at most two per (order, enclave). */
  holdsAt(nowMs: number): Hold[] {
    return [...this.#holds.values(), ...this.#ownHolds.values()]
      .map(({ body }) => body)
      .filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  }

  forgetEnded(nowMs: number): void {
    const isOver = (endMs: number) => endMs + KEEP_AFTER_END_MS < nowMs;
    for (const [id, { body }] of this.#accepts) if (isOver(body.leaseExpiresAtMs)) this.#accepts.delete(id);
    for (const [id, { lease }] of this.#leases)
      if (isOver(lease.body.leaseExpiresAtMs)) this.#leases.delete(id);
    for (const holds of [this.#holds, this.#ownHolds])
      for (const [id, { body }] of holds) if (isOver(body.expiresAtMs)) holds.delete(id);
  }
}

const violation = (message: string) => new HearthError('peer_protocol_violation', `gateway link: ${message}`);
