import type { Hex } from '@hearth/attestation/receipt';
import { type HearthError, type Hold, hold, type Signed, signMessage } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { LogKey } from '../platform/log-key.ts';
import { Transactions } from '../platform/transactions.ts';
import { HoldBook, pairKey } from './hold-book.ts';
import { foldHolds, type HoldRequest } from './hold-fold.ts';
import { HoldGrants } from './hold-grants.ts';
import { HoldStatements } from './hold-statements.ts';
import { Journal } from './journal.ts';

/** Shares orders out to enclaves: one serial ledger per order, Σ held ≤ maxSpend, every share signed. */
@Injectable()
export class HoldService {
  constructor(
    private readonly transactions: Transactions,
    private readonly book: HoldBook,
    private readonly grants: HoldGrants,
    private readonly statements: HoldStatements,
    private readonly journal: Journal,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /**
   * Reserves for each request what its lease wants of its order; returns the pair's newest signed cumulative Hold, or why not:
   * `order_not_open` (unknown at the safe block, closed, or expiring before the hold), `insufficient_funds`,
   * `policy_unsatisfied` (enclave limit). Same lease again: the newest Hold again.
   */
  async holdAll(
    tx: EntityManager,
    requests: readonly HoldRequest[],
  ): Promise<(Signed<Hold> | HearthError)[]> {
    const nowMs = this.clock.nowMs();
    const expiredBeforeMs = nowMs - this.config.holdGraceMs;
    const orders = await this.book.draft(tx, requests, expiredBeforeMs);
    await this.grants.loadReserved(tx, orders, nowMs);
    const granted = await this.grants.known(
      tx,
      requests.map(({ leaseId }) => leaseId),
    );
    const folded = foldHolds(orders, requests, granted, expiredBeforeMs);
    const signed = folded.holds.map((body) => signMessage(hold, body, this.logKey));

    await this.grants.addAll(tx, folded.grants);
    await this.journal.postAll(tx, folded.transfers);
    await this.book.save(tx, orders);
    await this.statements.addAll(tx, signed);
    const newest = new Map(signed.map((statement) => [pairKey(statement.body), statement]));
    const repeated = requests.filter(
      (request, index) => folded.refusals[index] === undefined && !newest.has(pairKey(request)),
    );
    for (const statement of await this.statements.newest(tx, repeated))
      newest.set(pairKey(statement.body), statement);
    return requests.map(
      (request, index) => folded.refusals[index] ?? (newest.get(pairKey(request)) as Signed<Hold>),
    );
  }

  /**
   * The lease ended: what it did not use may serve the next lease of the same pair at once.
   * Other enclaves get it only after the signed Hold expired, because the node still carries that.
   */
  async endLease(leaseId: Hex): Promise<void> {
    await this.transactions.run((tx) => this.grants.end(tx, leaseId));
  }
}
