import type { Hex } from '@hearth/attestation/receipt';
import { bytes32, orderState, receiptProof, routes } from '@hearth/sdk/protocol';
import { Controller, Get, Param, Req } from '@nestjs/common';
import { z } from 'zod';
import { Access, type AuthenticatedRequest, type Principal } from '../platform/access.ts';
import { OrderStates } from './order-states.ts';
import { ReceiptProofs } from './receipt-proofs.ts';

@Controller()
export class OrdersController {
  constructor(
    private readonly orders: OrderStates,
    private readonly proofs: ReceiptProofs,
  ) {}

  /** Its buyer's business only: token counts say more than the chain does. */
  @Get(routes.order(':orderHash'))
  @Access('api-key')
  async order(
    @Req() { principal }: AuthenticatedRequest,
    @Param('orderHash', { schema: bytes32 }) orderHash: Hex,
  ): Promise<z.input<typeof orderState>> {
    return z.encode(orderState, await this.orders.of(orderHash, principal as Principal));
  }

  /** Public: whoever holds a receipt's hash, from a bundle or the log, may check it. */
  @Access('public')
  @Get(routes.receipt(':receiptHash'))
  async receipt(
    @Param('receiptHash', { schema: bytes32 }) receiptHash: Hex,
  ): Promise<z.input<typeof receiptProof>> {
    return z.encode(receiptProof, await this.proofs.of(receiptHash));
  }
}
