import type { ServerResponse } from 'node:http';
import type { Hex } from '@hearth/attestation/receipt';
import { bytes32, orderMoved, routes, type SignedOrder, signedOrder } from '@hearth/sdk/protocol';
import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { encodePaymentRequiredHeader, encodePaymentResponseHeader } from '@x402/core/http';
import type { PaymentRequired } from '@x402/core/types';
import type { z } from 'zod';
import { Access } from '../platform/access.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { RateLimits } from '../platform/rate-limits.ts';
import { paymentRequired } from './payment-terms.ts';
import { TopUps } from './top-ups.service.ts';

/** Each of these may end in a transaction that the gateway pays for. */
const perBuyer = { burst: 20, perSecond: 1 };

/** x402 v2, scheme `exact`: an order is funded and opened in one request. */
@Controller()
export class TopUpsController {
  private readonly limits = new RateLimits('orders to open or close', perBuyer);

  constructor(
    private readonly topUps: TopUps,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Public: the signatures in the body and in the payment are the credentials. */
  @Post(routes.orders)
  @Access('public')
  @HttpCode(200)
  async open(
    @Body({ schema: signedOrder }) body: SignedOrder,
    @Headers('payment-signature') payment: string | undefined,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<z.input<typeof orderMoved> | PaymentRequired> {
    this.limits.take(body.order.buyer, this.clock.nowMs());
    const topUp = await this.topUps.open(body, payment);
    if ('unpaid' in topUp) {
      const required = paymentRequired(routes.orders, topUp.unpaid, topUp.reason);
      response.statusCode = 402;
      response.setHeader('PAYMENT-REQUIRED', encodePaymentRequiredHeader(required));
      response.setHeader('cache-control', 'no-store');
      return required;
    }
    const { moved, payer } = topUp;
    if (payer !== undefined && moved.txHash !== null) {
      const network = `eip155:${this.config.chainId}` as const;
      const settled = { success: true, transaction: moved.txHash, network, payer };
      response.setHeader('PAYMENT-RESPONSE', encodePaymentResponseHeader(settled));
    }
    return moved;
  }

  @Post(routes.closeOrder(':orderHash'))
  @Access('public')
  @HttpCode(200)
  close(
    @Param('orderHash', { schema: bytes32 }) orderHash: Hex,
    @Body({ schema: signedOrder }) body: SignedOrder,
  ): Promise<z.input<typeof orderMoved>> {
    this.limits.take(body.order.buyer, this.clock.nowMs());
    return this.topUps.close(orderHash, body);
  }
}
