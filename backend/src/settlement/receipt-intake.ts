import { type Hex, hashReceipt } from '@hearth/attestation/receipt';
import type { ReceiptLeaf, Signed, SignedCap, SignedReceipt } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { GroupCommit } from '../platform/group-commit.ts';
import { Transactions } from '../platform/transactions.ts';
import { WakeUps } from '../platform/wake-ups.ts';
import { type CheckedDelivery, type DeliveryOutcome, ReceiptBatch } from './receipt-batch.ts';
import { ReceiptChecks } from './receipt-checks.ts';

export interface ReceiptDelivery {
  readonly signed: SignedReceipt;
  /** The highest cap the deliverer knows for the pair. Without one that covers it, the receipt is stored and moves nothing. */
  readonly cap?: SignedCap;
  /** The node's leaf about the receipt, for the log. */
  readonly leaf?: Signed<ReceiptLeaf>;
}

export interface ReceiptStored extends DeliveryOutcome {
  readonly receiptHash: Hex;
}

/** Takes receipts in: checked one by one, then stored with whatever else arrives at that time, in one transaction. */
@Injectable()
export class ReceiptIntake {
  private readonly commits: GroupCommit<CheckedDelivery, DeliveryOutcome>;

  constructor(
    private readonly checks: ReceiptChecks,
    private readonly chain: ChainIdentity,
    private readonly wakeUps: WakeUps,
    batch: ReceiptBatch,
    transactions: Transactions,
  ) {
    this.commits = new GroupCommit(transactions, (tx, deliveries) => batch.store(tx, deliveries));
  }

  /**
   * Safe to repeat. When it returns, the receipt is durable: the deliverer's journal may forget it.
   * @throws HearthError `peer_protocol_violation` (unsound receipt, foreign enclave, equivocation), `invalid_signature`, `order_not_open`
   */
  async ingest({ signed, cap, leaf }: ReceiptDelivery): Promise<ReceiptStored> {
    const { orderHash, enclaveKey } = signed.receipt.settlement;
    const enclave = await this.checks.assertReceipt(signed);
    if (cap !== undefined) await this.checks.assertCap(orderHash, enclaveKey, cap);
    if (leaf !== undefined) await this.checks.assertLeaf(leaf, signed, enclave);

    const receiptHash = hashReceipt(this.chain.marketDomain, signed.receipt);
    const receipt = { receiptHash, signed, leaf };
    const outcome = await this.commits.submit({ orderHash, enclaveKey, cap, receipt });
    this.wakeUps.wake('settlement');
    return { receiptHash, ...outcome };
  }

  /**
   * A cap seen on its way to the enclave. Higher caps free receipts that waited for them.
   * @throws HearthError `invalid_signature`, `order_not_open`
   */
  async noteCap(orderHash: Hex, enclaveKey: Hex, cap: SignedCap): Promise<void> {
    await this.checks.assertCap(orderHash, enclaveKey, cap);
    await this.commits.submit({ orderHash, enclaveKey, cap, receipt: undefined });
  }
}
