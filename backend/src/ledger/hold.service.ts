import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type Hold, hold, type Signed, signMessage } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { LogKey } from '../platform/log-key.ts';
import { Transactions } from '../platform/transactions.ts';
import { accounts } from './accounts.ts';
import { HoldBook, type LockedPair } from './hold-book.ts';
import { decideHold } from './hold-decision.ts';
import { HoldGrants } from './hold-grants.ts';
import { HoldStatements } from './hold-statements.ts';
import { Journal } from './journal.ts';

export interface HoldRequest {
  readonly leaseId: Hex;
  readonly orderHash: Hex;
  readonly enclaveKey: Hex;
  /** What the lease may spend, pUSD. */
  readonly wantedPicoUsd: bigint;
  readonly expiresAtMs: number;
}

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
   * Reserves `wantedPicoUsd` of the order for one lease and signs the pair's new cumulative Hold. Same lease again: the newest Hold again.
   * @throws HearthError `order_not_open` (unknown at the safe block, closed, or expiring before the hold), `insufficient_funds`, `policy_unsatisfied` (enclave limit)
   */
  async hold(request: HoldRequest): Promise<Signed<Hold>> {
    return this.transactions.run((tx) => this.holdWithin(tx, request));
  }

  /** As `hold`, inside the caller's transaction. */
  async holdWithin(tx: EntityManager, request: HoldRequest): Promise<Signed<Hold>> {
    const pair = await this.book.lockPair(tx, request.orderHash, request.enclaveKey);
    if (await this.grants.has(tx, request.leaseId)) return this.statements.newest(tx, pair);
    if (request.expiresAtMs > pair.validUntilMs)
      throw new HearthError(
        'order_not_open',
        `order ${pair.orderHash}: expected a hold within its validity, got one ${request.expiresAtMs - pair.validUntilMs} ms longer`,
      );
    const reclaimed = await this.reclaimExpired(tx, pair);
    const reserved = await this.grants.reservedByRunning(tx, pair, this.clock.nowMs());
    const decision = decideHold(
      { ...pair.state, free: pair.state.free + reclaimed },
      request.wantedPicoUsd,
      reserved,
    );
    if (!decision.granted) throw refusal(decision, request);

    await this.grants.add(tx, request);
    const sequence = await this.book.raiseHold(tx, pair, decision.heldCumulative, request.expiresAtMs);
    await this.journal.post(tx, {
      id: `hold:${pair.orderHash}:${sequence}`,
      kind: 'hold',
      movements: [{ ...freeAndHeld(pair), picoUsd: decision.fromFree }],
    });
    const body: Hold = {
      v: 1,
      orderHash: pair.orderHash,
      enclaveKey: pair.enclaveKey,
      heldCumulativePicoUsd: decision.heldCumulative,
      holdSequence: sequence,
      expiresAtMs: Math.max(request.expiresAtMs, pair.expiresAtMs),
    };
    const signed = signMessage(hold, body, this.logKey);
    await this.statements.add(tx, signed);
    return signed;
  }

  /**
   * The lease ended: what it did not use may serve the next lease of the same pair at once.
   * Other enclaves get it only after the signed Hold expired, because the node still carries that.
   */
  async endLease(leaseId: Hex): Promise<void> {
    await this.transactions.run((tx) => this.grants.end(tx, leaseId));
  }

  /** Gives every expired, unused Hold of the order back to its free money. */
  async releaseExpired(orderHash: Hex): Promise<void> {
    await this.transactions.run(async (tx) => {
      const head = await this.book.lockOrder(tx, orderHash);
      await this.reclaimExpired(tx, { ...head, enclaveKey: undefined });
    });
  }

  /** Lowers Holds whose expiry and grace have passed to what was captured; returns the pUSD freed. */
  private async reclaimExpired(
    tx: EntityManager,
    order: Pick<LockedPair, 'chainRef' | 'orderHash'> & { enclaveKey: Hex | undefined },
  ): Promise<bigint> {
    const expired = await this.book.expiredPairs(
      tx,
      order.orderHash,
      this.clock.nowMs() - this.config.holdGraceMs,
    );
    let freed = 0n;
    for (const { enclaveKey, unused } of expired) {
      if (enclaveKey === order.enclaveKey) continue; // it is about to get a new Hold, which counts the unused rest
      const sequence = await this.book.lowerHoldToCaptured(tx, order.orderHash, enclaveKey);
      const { from, to } = freeAndHeld({ ...order, enclaveKey });
      await this.journal.post(tx, {
        id: `release:${order.orderHash}:${sequence}`,
        kind: 'release',
        movements: [{ from: to, to: from, picoUsd: unused }],
      });
      freed += unused;
    }
    return freed;
  }
}

function freeAndHeld(pair: { chainRef: number; orderHash: Hex; enclaveKey: Hex }) {
  return {
    from: accounts.order(pair.chainRef, pair.orderHash),
    to: accounts.held(pair.chainRef, pair.orderHash, pair.enclaveKey),
  };
}

function refusal(
  decision: { reason: 'order-spent' | 'enclave-limit'; available: bigint },
  request: HoldRequest,
): HearthError {
  const code = decision.reason === 'order-spent' ? 'insufficient_funds' : 'policy_unsatisfied';
  const message = `hold on order ${request.orderHash} for ${request.enclaveKey}: expected at most ${decision.available} pUSD, got ${request.wantedPicoUsd} (${decision.reason})`;
  return new HearthError(code, message, {
    details: { reason: decision.reason, availablePicoUsd: `${decision.available}` },
  });
}
