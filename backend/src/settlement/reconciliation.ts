import type { Hex } from '@hearth/attestation/receipt';
import { PICO_PER_MICRO } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, testUsdAbi } from '@hearth/contracts';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import { ChainClient } from '../platform/chain-client.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Config } from '../platform/config.ts';

export interface Difference {
  readonly account: string;
  readonly ledgerPicoUsd: bigint;
  readonly chainPicoUsd: bigint;
}

export interface ReconciliationReport {
  readonly atBlock: bigint;
  readonly accountsCompared: number;
  /** Empty: the ledger equals the chain. */
  readonly differences: readonly Difference[];
}

const callsAtOnce = 20;

/** Compares the ledger with the contract at the very block up to which the ledger is booked. */
@Injectable()
export class Reconciliation {
  constructor(
    private readonly dataSource: DataSource,
    private readonly chain: ChainClient,
    private readonly identity: ChainIdentity,
    private readonly config: Config,
  ) {}

  /** Whether the indexer has begun: before that there is nothing to compare. */
  async canCompare(): Promise<boolean> {
    return (await this.bookedHeight(this.dataSource.manager)) !== undefined;
  }

  /** Every balance that both sides know: buyers, orders (promised and earned parts included), providers, the fee, the token itself, and what is kept for single enclaves. */
  async reconcile(): Promise<ReconciliationReport> {
    const { atBlock, balances } = await this.snapshot();
    const compared: Difference[] = [];
    const accounts = [...balances];
    for (let from = 0; from < accounts.length; from += callsAtOnce) {
      const some = accounts.slice(from, from + callsAtOnce).map(async ([account, ledgerPicoUsd]) => {
        const chainPicoUsd = (await this.onChain(account, atBlock)) * PICO_PER_MICRO;
        return { account, ledgerPicoUsd, chainPicoUsd };
      });
      compared.push(...(await Promise.all(some)));
    }
    const differences = compared.filter(({ ledgerPicoUsd, chainPicoUsd }) => ledgerPicoUsd !== chainPicoUsd);
    return { atBlock, accountsCompared: compared.length, differences };
  }

  /** Booked height and balances of one database snapshot; an order's free, held and earned money is one sum, as on the chain. */
  private async snapshot(): Promise<{ atBlock: bigint; balances: Map<string, bigint> }> {
    return this.dataSource.transaction('REPEATABLE READ', async (tx) => {
      const atBlock = await this.bookedHeight(tx);
      if (atBlock === undefined)
        throw new HearthError('unavailable', 'reconciliation: the indexer has not started');
      const rows: { account: string; total: string }[] = await tx.query(
        `SELECT CASE WHEN kind IN ('order', 'held', 'earned') THEN 'order:' || split_part(id, ':', 3)
                     WHEN kind IN ('fee', 'outside') THEN kind
                     ELSE kind || ':' || split_part(id, ':', 3) END AS account, sum(balance) AS total
           FROM ledger_account WHERE chain_ref = $1 GROUP BY 1
         UNION ALL
         SELECT 'kept:' || p.order_hash || ':' || p.enclave_key, p.assured_pico_usd - p.settled_pico_usd
           FROM hold_pair p JOIN hold_book b ON b.order_hash = p.order_hash
          WHERE b.chain_ref = $1 AND p.assured_pico_usd > p.settled_pico_usd
          ORDER BY 1`,
        [this.identity.ref],
      );
      return {
        atBlock,
        balances: new Map(rows.map((row) => [row.account, BigInt(row.total)])),
      };
    });
  }

  private async bookedHeight(tx: EntityManager): Promise<bigint | undefined> {
    const cursors: { booked_height: string }[] = await tx.query(
      `SELECT booked_height FROM chain_cursor WHERE chain_ref = $1`,
      [this.identity.ref],
    );
    return cursors[0] && BigInt(cursors[0].booked_height);
  }

  /** µUSD. */
  private async onChain(account: string, blockNumber: bigint): Promise<bigint> {
    const { rpc } = this.chain;
    const contract = { address: this.config.settlement, abi: hearthSettlementAbi, blockNumber } as const;
    const [kind, key, enclaveKey] = account.split(':') as [string, Hex | undefined, Hex | undefined];
    if (kind === 'outside') {
      const token = { address: this.config.token, abi: testUsdAbi, blockNumber } as const;
      return -(await rpc.readContract({
        ...token,
        functionName: 'balanceOf',
        args: [this.config.settlement],
      }));
    }
    if (kind === 'order') {
      const order = await rpc.readContract({ ...contract, functionName: 'orderOf', args: [key as Hex] });
      return order.restMicroUsd + order.reservedMicroUsd;
    }
    if (kind === 'kept') {
      const args = [key as Hex, enclaveKey as Hex] as const;
      return (await rpc.readContract({ ...contract, functionName: 'pairOf', args })).reservedMicroUsd;
    }
    const holder = key ?? (await rpc.readContract({ ...contract, functionName: 'operatorFeeRecipient' }));
    const record = await rpc.readContract({ ...contract, functionName: 'accountOf', args: [holder] });
    return kind === 'buyer' ? record.freeMicroUsd : record.claimableMicroUsd;
  }
}
