import type { Hex } from '@hearth/attestation/receipt';
import {
  type BookProof,
  type Clearing,
  clearing,
  HearthError,
  type Lease,
  type Signed,
} from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { HoldService } from '../ledger/hold.service.ts';
import { TransparencyLog } from '../log/transparency-log.ts';
import { Clock } from '../platform/clock.ts';
import { GroupCommit } from '../platform/group-commit.ts';
import { Transactions } from '../platform/transactions.ts';
import { LeaseStore, type StoredGrant, type StoredLease } from './lease-store.ts';
import type { SignedAccept } from './offer-desk.ts';

/** A slot that a node has sold, not yet true. */
export interface Seal {
  readonly owner: Hex;
  readonly lease: Signed<Lease>;
  readonly accept: SignedAccept;
  readonly clearing: Clearing;
  readonly inputIndexes: readonly number[];
  readonly books: readonly BookProof[];
}

/** Makes sold slots true: hold, clearing and lease of each together, with those of whoever else seals at that time. */
@Injectable()
export class LeaseSeals {
  private readonly commits: GroupCommit<Seal, StoredGrant>;

  constructor(
    private readonly holds: HoldService,
    private readonly log: TransparencyLog,
    private readonly leases: LeaseStore,
    private readonly clock: Clock,
    transactions: Transactions,
  ) {
    this.commits = new GroupCommit(transactions, (tx, seals) => this.sealAll(tx, seals));
  }

  /** @throws HearthError `order_not_open`, `insufficient_funds`, `policy_unsatisfied`: the node then takes its slot back after 5 s */
  seal(seal: Seal): Promise<StoredGrant> {
    return this.commits.submit(seal);
  }

  private async sealAll(tx: EntityManager, seals: readonly Seal[]): Promise<(StoredGrant | HearthError)[]> {
    const holds = await this.holds.holdAll(
      tx,
      seals.map(({ lease: { body } }) => ({
        leaseId: body.leaseId,
        orderHash: body.orderHash,
        enclaveKey: body.enclaveKey,
        wantedPicoUsd: body.holdPicoUsd,
        expiresAtMs: body.leaseExpiresAtMs,
      })),
    );
    const outcomes = seals.map(({ lease, accept, clearing: cleared }, index) => {
      const hold = holds[index] as (typeof holds)[number];
      return hold instanceof HearthError ? hold : { lease, accept, hold, clearing: cleared };
    });
    const sealed = seals.flatMap((seal, index) => {
      const grant = outcomes[index] as (typeof outcomes)[number];
      return grant instanceof HearthError ? [] : [{ ...seal, grant }];
    });
    await this.leases.saveAll(tx, await this.logged(tx, sealed));
    return outcomes;
  }

  private async logged(
    tx: EntityManager,
    sealed: readonly (Seal & { grant: StoredGrant })[],
  ): Promise<StoredLease[]> {
    if (sealed.length === 0) return [];
    const atMs = this.clock.nowMs();
    const entries = sealed.map((seal) => ({
      kind: 'clearing' as const,
      atMs,
      clearing: z.encode(clearing, seal.clearing),
    }));
    const appended = await this.log.append(tx, entries);
    return sealed.map(({ owner, inputIndexes, books, grant }, index) => ({
      owner,
      clearingIndex: (appended[index] as { index: number }).index,
      inputIndexes,
      books,
      grant,
    }));
  }
}
