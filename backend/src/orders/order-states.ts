import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type Hold, type OrderState, type Signed } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChainFacts } from '../indexer/chain-facts.ts';
import type { Principal } from '../platform/access.ts';
import { Receipts } from '../settlement/receipts.ts';

/** One order as the chain, the hold ledger and the receipts have it: what an SDK that lost its file rebuilds from. */
@Injectable()
export class OrderStates {
  constructor(
    private readonly facts: ChainFacts,
    private readonly receipts: Receipts,
    private readonly dataSource: DataSource,
  ) {}

  /** @throws HearthError `not_found` for an order of another buyer */
  async of(orderHash: Hex, principal: Principal): Promise<OrderState> {
    const facts = await this.facts.order(orderHash);
    if (facts.buyer !== undefined && facts.buyer !== principal.ownerId)
      throw new HearthError('not_found', `order ${orderHash}: not one of account ${principal.ownerId}`);
    const [receipts, holds] = await Promise.all([
      this.receipts.newestOfOrder(orderHash),
      this.newestHolds(orderHash),
    ]);
    const { status, maxSpendMicroUsd, paidMicroUsd } = facts;
    return {
      orderHash,
      status,
      maxSpendMicroUsd,
      paidMicroUsd,
      holds,
      receipts: receipts.map(({ signed }) => signed),
    };
  }

  private async newestHolds(orderHash: Hex): Promise<Signed<Hold>[]> {
    const rows: {
      hold_sequence: string;
      enclave_key: Hex;
      held_cumulative_pico_usd: string;
      expires_at_ms: string;
      signature: Hex;
    }[] = await this.dataSource.query(
      `SELECT DISTINCT ON (enclave_key) * FROM hold_statement WHERE order_hash = $1 ORDER BY enclave_key, hold_sequence DESC`,
      [orderHash],
    );
    return rows.map((row) => ({
      body: {
        v: 1 as const,
        orderHash,
        enclaveKey: row.enclave_key,
        heldCumulativePicoUsd: BigInt(row.held_cumulative_pico_usd),
        holdSequence: Number(row.hold_sequence),
        expiresAtMs: Number(row.expires_at_ms),
      },
      signature: row.signature,
    }));
  }
}
