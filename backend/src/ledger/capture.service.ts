import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { HoldBook } from './hold-book.ts';
import { decideCapture } from './hold-decision.ts';
import { HoldGrants } from './hold-grants.ts';
import { Journal, type Transfer } from './journal.ts';
import { type OrderDrafts, pursesOf, stateOf } from './order-draft.ts';

export interface ReceiptCapture {
  readonly receiptHash: Hex;
  readonly orderHash: Hex;
  readonly enclaveKey: Hex;
  readonly leaseId: Hex;
  readonly cumulativePicoUsd: bigint;
}

/** Turns promised money into earned money when a receipt proves the work; once per receipt. */
@Injectable()
export class CaptureService {
  constructor(
    private readonly book: HoldBook,
    private readonly grants: HoldGrants,
    private readonly journal: Journal,
  ) {}

  /**
   * Returns for each receipt the pUSD newly captured; 0 for one booked before or below what was captured already.
   * `order_not_open` for an order unknown at the safe block.
   */
  async captureAll(
    tx: EntityManager,
    receipts: readonly ReceiptCapture[],
  ): Promise<(bigint | HearthError)[]> {
    const orders = await this.book.draft(tx, receipts);
    const booked = new Set(await this.journal.known(tx, receipts.map(transferId)));
    const transfers: Transfer[] = [];
    const uses = new Map<Hex, bigint>();
    const outcomes = receipts.map((receipt) => {
      const id = transferId(receipt);
      if (booked.has(id)) return 0n;
      booked.add(id);
      const transfer = captureInto(orders, receipt);
      if (transfer instanceof HearthError) return transfer;
      transfers.push(transfer);
      const captured = transfer.movements.reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
      uses.set(receipt.leaseId, (uses.get(receipt.leaseId) ?? 0n) + captured);
      return captured;
    });
    await this.journal.postAll(tx, transfers);
    await this.book.save(tx, orders);
    await this.grants.useAll(tx, uses);
    return outcomes;
  }
}

const transferId = ({ receiptHash }: ReceiptCapture) => `capture:${receiptHash}`;

function captureInto(orders: OrderDrafts, receipt: ReceiptCapture): Transfer | HearthError {
  const order = orders.get(receipt.orderHash);
  const pair = order?.pairs.get(receipt.enclaveKey);
  if (order === undefined || pair === undefined)
    return new HearthError(
      'order_not_open',
      `order ${receipt.orderHash}: expected known at the safe block, got unknown`,
    );
  const decision = decideCapture(stateOf(order, pair), receipt.cumulativePicoUsd);
  order.free -= decision.fromFree;
  pair.held = decision.heldCumulative;
  pair.captured = decision.capturedCumulative;
  const { free, held, earned } = pursesOf(order, receipt.enclaveKey);
  return {
    id: transferId(receipt),
    kind: 'capture',
    movements: [
      { from: held, to: earned, picoUsd: decision.fromHeld },
      { from: free, to: earned, picoUsd: decision.fromFree },
    ],
  };
}
