import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { ChainFacts, type OrderFacts } from '../indexer/chain-facts.ts';
import { ChainIndexer } from '../indexer/chain-indexer.ts';
import { Clock } from '../platform/clock.ts';

export interface OpenOrder {
  readonly buyer: Hex;
  readonly sessionKey: Hex;
  readonly validUntilMs: number;
}

/** Orders that may buy: open at the safe block and within their validity. */
@Injectable()
export class OpenOrders {
  constructor(
    private readonly facts: ChainFacts,
    private readonly indexer: ChainIndexer,
    private readonly clock: Clock,
  ) {}

  /** @throws HearthError `order_not_open`, also for an order of another buyer */
  async find(orderHash: Hex, buyer: string): Promise<OpenOrder> {
    const order = await this.read(orderHash);
    const validUntilMs = order.validUntilUnixSec * 1000;
    const state = order.status === 'open' && validUntilMs <= this.clock.nowMs() ? 'expired' : order.status;
    if (state !== 'open' || order.buyer === undefined || order.sessionKey === undefined)
      throw new HearthError(
        'order_not_open',
        `order ${orderHash}: expected open at the safe block, got ${state}`,
      );
    if (order.buyer !== buyer)
      throw new HearthError(
        'order_not_open',
        `order ${orderHash}: expected one of account ${buyer}, whose API key asks`,
      );
    return { buyer: order.buyer, sessionKey: order.sessionKey, validUntilMs };
  }

  /** An order may be younger than the indexer's last look. */
  private async read(orderHash: Hex): Promise<OrderFacts> {
    const known = await this.facts.order(orderHash);
    if (known.status !== 'unknown') return known;
    await this.indexer.refresh();
    return this.facts.order(orderHash);
  }
}
