import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { HoldBook, pairKey } from './hold-book.ts';
import { decideCapture } from './hold-decision.ts';
import { HoldGrants } from './hold-grants.ts';
import { Journal, type Movement, type Transfer } from './journal.ts';
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
   * `order_not_open` for an order unknown at the safe block. What a pair captures in one call is one transfer, named
   * after the last receipt that moved something: receipts are cumulative.
   */
  async captureAll(
    tx: EntityManager,
    receipts: readonly ReceiptCapture[],
  ): Promise<(bigint | HearthError)[]> {
    const orders = await this.book.draft(tx, receipts);
    const booked = await this.journal.known(tx, receipts.map(transferId));
    const transfers = new Map<string, Transfer>();
    const uses = new Map<Hex, bigint>();
    const outcomes = receipts.map((receipt) => {
      if (booked.has(transferId(receipt))) return 0n;
      const movements = captureInto(orders, receipt);
      if (movements instanceof HearthError) return movements;
      const captured = movements.reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
      if (captured === 0n) return 0n;
      const earlier = transfers.get(pairKey(receipt))?.movements ?? [];
      const transfer = { id: transferId(receipt), kind: 'capture', movements: [...earlier, ...movements] };
      transfers.set(pairKey(receipt), transfer);
      uses.set(receipt.leaseId, (uses.get(receipt.leaseId) ?? 0n) + captured);
      return captured;
    });
    await this.journal.postAll(tx, [...transfers.values()]);
    await this.book.save(tx, orders);
    await this.grants.useAll(tx, uses);
    return outcomes;
  }
}

const transferId = ({ receiptHash }: ReceiptCapture) => `capture:${receiptHash}`;

function captureInto(orders: OrderDrafts, receipt: ReceiptCapture): Movement[] | HearthError {
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
  return [
    { from: held, to: earned, picoUsd: decision.fromHeld },
    { from: free, to: earned, picoUsd: decision.fromFree },
  ];
}
