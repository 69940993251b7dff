import type { Hex } from '@hearth/attestation/receipt';
import {
  HearthError,
  outcomes,
  type ReceiptLeaf,
  receiptLeaf,
  type Signed,
  type SignedCap,
  type SignedReceipt,
} from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { HoldBook, pairKey } from '../ledger/hold-book.ts';
import { TransparencyLog } from '../log/transparency-log.ts';
import { Clock } from '../platform/clock.ts';
import { Equivocations } from './equivocations.ts';
import { placeKey, Receipts } from './receipts.ts';
import { type OutboxReceipt, SettlementOutbox } from './settlement-outbox.ts';

/** A checked delivery about one pair: a receipt, a cap, or both. */
export interface CheckedDelivery {
  readonly orderHash: Hex;
  readonly enclaveKey: Hex;
  readonly cap: SignedCap | undefined;
  readonly receipt: CheckedReceipt | undefined;
}

interface CheckedReceipt {
  readonly receiptHash: Hex;
  readonly signed: SignedReceipt;
  readonly leaf: Signed<ReceiptLeaf> | undefined;
}

export interface DeliveryOutcome {
  /** False: the receipt stood already, or none came; nothing but a higher cap can have changed. */
  readonly isNew: boolean;
  /** Newly captured for the pair by the commit that carried the delivery. */
  readonly capturedPicoUsd: bigint;
}

/** Stores many deliveries at once: receipts kept, caps raised, leaves logged, money captured and the outbox planned. */
@Injectable()
export class ReceiptBatch {
  constructor(
    private readonly holds: HoldBook,
    private readonly receipts: Receipts,
    private readonly equivocations: Equivocations,
    private readonly outbox: SettlementOutbox,
    private readonly log: TransparencyLog,
    private readonly clock: Clock,
  ) {}

  /** Per delivery its outcome, `order_not_open` (unknown at the safe block) or `peer_protocol_violation` (equivocation, recorded). */
  async store(
    tx: EntityManager,
    deliveries: readonly CheckedDelivery[],
  ): Promise<(DeliveryOutcome | HearthError)[]> {
    const known = await this.holds.lockOrders(
      tx,
      deliveries.map(({ orderHash }) => orderHash),
    );
    const bookable = deliveries.filter(({ orderHash }) => known.has(orderHash));
    await this.outbox.raiseCaps(
      tx,
      bookable.flatMap(({ cap, ...pair }) => (cap === undefined ? [] : [{ ...pair, cap }])),
    );
    const { fresh, equivocating } = await this.sort(tx, bookable);
    const arrived = await this.keep(tx, [...fresh.values()]);
    const pairs = [...new Map(bookable.map((delivery) => [pairKey(delivery), delivery])).values()];
    const captured = await this.outbox.replanAll(tx, pairs, arrived);
    return deliveries.map((delivery) => {
      if (!known.has(delivery.orderHash)) return unknownOrder(delivery);
      if (equivocating.has(delivery)) return equivocation(delivery);
      return { isNew: fresh.has(delivery), capturedPicoUsd: captured.get(pairKey(delivery)) ?? 0n };
    });
  }

  /** Tells new receipts from those that stand and from second ones at a place, which are recorded as proof. */
  private async sort(
    tx: EntityManager,
    deliveries: readonly CheckedDelivery[],
  ): Promise<{ fresh: Map<CheckedDelivery, CheckedReceipt>; equivocating: Set<CheckedDelivery> }> {
    const places = deliveries.flatMap(({ receipt }) => (receipt ? [receipt.signed.receipt.settlement] : []));
    const taken = await this.receipts.atPlaces(tx, places);
    const fresh = new Map<CheckedDelivery, CheckedReceipt>();
    const equivocating = new Set<CheckedDelivery>();
    for (const delivery of deliveries) {
      const { receipt } = delivery;
      if (receipt === undefined) continue;
      const key = placeKey(receipt.signed.receipt.settlement);
      const first = taken.get(key);
      if (first === undefined) {
        taken.set(key, receipt.receiptHash);
        fresh.set(delivery, receipt);
      } else if (first !== receipt.receiptHash) {
        await this.equivocations.record(tx, first, receipt.receiptHash, receipt.signed);
        equivocating.add(delivery);
      }
    }
    return { fresh, equivocating };
  }

  private async keep(tx: EntityManager, fresh: readonly CheckedReceipt[]): Promise<OutboxReceipt[]> {
    const receivedAtMs = this.clock.nowMs();
    const logged = await this.appendLeaves(tx, fresh, receivedAtMs);
    await this.receipts.saveAll(
      tx,
      fresh.map(({ receiptHash, signed }) => ({
        receiptHash,
        signed,
        interim: signed.receipt.execution.outcome === outcomes.interim,
        receivedAtMs,
        logIndex: logged.get(receiptHash),
      })),
    );
    const arrived = fresh.map(({ receiptHash, signed: { receipt } }) => ({
      receiptHash,
      ...receipt.settlement,
      leaseId: receipt.execution.leaseId,
      receivedAtMs,
    }));
    await this.outbox.addAll(tx, arrived);
    return arrived;
  }

  private async appendLeaves(
    tx: EntityManager,
    fresh: readonly CheckedReceipt[],
    atMs: number,
  ): Promise<ReadonlyMap<Hex, number>> {
    const withLeaf = fresh.flatMap(({ receiptHash, leaf }) => (leaf ? [{ receiptHash, leaf }] : []));
    if (withLeaf.length === 0) return new Map();
    const entries = withLeaf.map(({ leaf }) => ({
      kind: 'receipt' as const,
      atMs,
      message: z.encode(receiptLeaf.schema, leaf),
    }));
    const appended = await this.log.append(tx, entries);
    return new Map(
      withLeaf.map(({ receiptHash }, index) => [receiptHash, (appended[index] as { index: number }).index]),
    );
  }
}

function unknownOrder({ orderHash }: CheckedDelivery): HearthError {
  return new HearthError(
    'order_not_open',
    `order ${orderHash}: expected known at the safe block, got unknown`,
  );
}

function equivocation({ orderHash, enclaveKey, receipt }: CheckedDelivery): HearthError {
  return new HearthError(
    'peer_protocol_violation',
    `enclave ${enclaveKey}: expected one receipt per sequence, got two for ${receipt?.signed.receipt.settlement.sequence} of order ${orderHash}`,
  );
}
