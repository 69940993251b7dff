import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { accounts } from './accounts.ts';
import { HoldBook } from './hold-book.ts';
import { decideCapture } from './hold-decision.ts';
import { HoldGrants } from './hold-grants.ts';
import { Journal } from './journal.ts';

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

  /** Returns the pUSD newly captured; 0 for a receipt below what was captured already. An order unknown at the safe block throws `order_not_open`. */
  async capture(tx: EntityManager, receipt: ReceiptCapture): Promise<bigint> {
    const pair = await this.book.lockPair(tx, receipt.orderHash, receipt.enclaveKey, true);
    const decision = decideCapture(pair.state, receipt.cumulativePicoUsd);
    const earned = accounts.earned(pair.chainRef, pair.orderHash, pair.enclaveKey);
    const booked = await this.journal.post(tx, {
      id: `capture:${receipt.receiptHash}`,
      kind: 'capture',
      movements: [
        {
          from: accounts.held(pair.chainRef, pair.orderHash, pair.enclaveKey),
          to: earned,
          picoUsd: decision.fromHeld,
        },
        { from: accounts.order(pair.chainRef, pair.orderHash), to: earned, picoUsd: decision.fromFree },
      ],
    });
    if (!booked) return 0n;
    await this.book.savePair(tx, pair, {
      held: decision.heldCumulative,
      captured: decision.capturedCumulative,
      settled: pair.state.settled,
    });
    const captured = decision.fromHeld + decision.fromFree;
    await this.grants.use(tx, receipt.leaseId, captured);
    return captured;
  }
}
