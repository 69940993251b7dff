import { type Hex, hashReceipt } from '@hearth/attestation/receipt';
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
import { HoldBook } from '../ledger/hold-book.ts';
import { TransparencyLog } from '../log/transparency-log.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Transactions } from '../platform/transactions.ts';
import { WakeUps } from '../platform/wake-ups.ts';
import { Equivocations } from './equivocations.ts';
import { ReceiptChecks } from './receipt-checks.ts';
import { Receipts } from './receipts.ts';
import { SettlementOutbox } from './settlement-outbox.ts';

export interface ReceiptDelivery {
  readonly signed: SignedReceipt;
  /** The highest cap the deliverer knows for the pair. Without one that covers it, the receipt is stored and moves nothing. */
  readonly cap?: SignedCap;
  /** The node's leaf about the receipt, for the log. */
  readonly leaf?: Signed<ReceiptLeaf>;
}

export interface ReceiptStored {
  readonly receiptHash: Hex;
  /** False: it stood already; nothing but a higher cap can have changed. */
  readonly isNew: boolean;
  readonly capturedPicoUsd: bigint;
}

/** Takes receipts in: checked, stored once, captured, logged and put into the outbox, all in one transaction. */
@Injectable()
export class ReceiptIntake {
  constructor(
    private readonly checks: ReceiptChecks,
    private readonly receipts: Receipts,
    private readonly outbox: SettlementOutbox,
    private readonly equivocations: Equivocations,
    private readonly holds: HoldBook,
    private readonly log: TransparencyLog,
    private readonly chain: ChainIdentity,
    private readonly transactions: Transactions,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  /**
   * Safe to repeat. When it returns, the receipt is durable: the deliverer's journal may forget it.
   * @throws HearthError `peer_protocol_violation` (unsound receipt, foreign enclave, equivocation), `invalid_signature`, `order_not_open`
   */
  async ingest(delivery: ReceiptDelivery): Promise<ReceiptStored> {
    const { orderHash, enclaveKey } = delivery.signed.receipt.settlement;
    const enclave = await this.checks.assertReceipt(delivery.signed);
    if (delivery.cap !== undefined) await this.checks.assertCap(orderHash, enclaveKey, delivery.cap);
    if (delivery.leaf !== undefined) this.checks.assertLeaf(delivery.leaf, delivery.signed, enclave);

    const stored = await this.transactions.run((tx) => this.store(tx, delivery));
    if (stored === 'equivocation')
      throw new HearthError(
        'peer_protocol_violation',
        `enclave ${enclaveKey}: expected one receipt per sequence, got two for ${delivery.signed.receipt.settlement.sequence} of order ${orderHash}`,
      );
    await this.wakeUps.wake('settlement');
    return stored;
  }

  /**
   * A cap seen on its way to the enclave. Higher caps free receipts that waited for them.
   * @throws HearthError `invalid_signature`, `order_not_open`
   */
  async noteCap(orderHash: Hex, enclaveKey: Hex, cap: SignedCap): Promise<void> {
    await this.checks.assertCap(orderHash, enclaveKey, cap);
    await this.transactions.run(async (tx) => {
      await this.holds.lockOrder(tx, orderHash, true);
      await this.outbox.raiseCap(tx, orderHash, enclaveKey, cap);
      await this.outbox.replan(tx, orderHash, enclaveKey);
    });
  }

  private async store(tx: EntityManager, delivery: ReceiptDelivery): Promise<ReceiptStored | 'equivocation'> {
    const { settlement, execution } = delivery.signed.receipt;
    const { orderHash, enclaveKey } = settlement;
    const receiptHash = hashReceipt(this.chain.marketDomain, delivery.signed.receipt);
    await this.holds.lockOrder(tx, orderHash, true);
    if (delivery.cap !== undefined) await this.outbox.raiseCap(tx, orderHash, enclaveKey, delivery.cap);

    const known = await this.receipts.atPlace(tx, orderHash, enclaveKey, settlement.sequence);
    if (known !== undefined && known.receiptHash !== receiptHash) {
      await this.equivocations.record(tx, known.receiptHash, receiptHash, delivery.signed);
      return 'equivocation';
    }
    if (known === undefined) {
      const receivedAtMs = this.clock.nowMs();
      await this.receipts.save(tx, {
        receiptHash,
        signed: delivery.signed,
        interim: execution.outcome === outcomes.interim,
        receivedAtMs,
        logIndex: await this.appendLeaf(tx, delivery.leaf, receivedAtMs),
      });
      await this.outbox.add(tx, { receiptHash, orderHash, enclaveKey, dueAtMs: receivedAtMs });
    }
    const capturedPicoUsd = await this.outbox.replan(tx, orderHash, enclaveKey);
    return { receiptHash, isNew: known === undefined, capturedPicoUsd };
  }

  private async appendLeaf(
    tx: EntityManager,
    leaf: Signed<ReceiptLeaf> | undefined,
    atMs: number,
  ): Promise<number | undefined> {
    if (leaf === undefined) return undefined;
    const message = z.encode(receiptLeaf.schema, leaf);
    const [appended] = await this.log.append(tx, [{ kind: 'receipt', atMs, message }]);
    return appended?.index;
  }
}
