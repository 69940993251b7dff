import { hearthSettlementAbi, testUsdAbi } from '@hearth/contracts';
import { Client } from 'pg';
import { accountOf, clientsOf } from '../market/accounts.ts';
import type { Market } from '../market/market.ts';
import { until } from './until.ts';

type Hex = `0x${string}`;
/** The market whose books they are. */
type Owner = Pick<Market, 'chain' | 'contracts'> & { readonly databaseUrl: string };
const PICO_PER_MICRO = 1_000_000n;

/** The gateway's rows, read past the gateway: it may be dead. */
export class GatewayBooks {
  readonly sql: Client;
  readonly #story: Owner;

  private constructor(story: Owner, sql: Client) {
    this.#story = story;
    this.sql = sql;
  }

  static async open(story: Owner): Promise<GatewayBooks> {
    const sql = new Client({ connectionString: story.databaseUrl });
    await sql.connect();
    return new GatewayBooks(story, sql);
  }

  async stop(): Promise<void> {
    await this.sql.end();
  }

  /** State of the receipt's outbox row; undefined: there is none. */
  async intent(receiptHash: Hex): Promise<string | undefined> {
    const { rows } = await this.sql.query('SELECT state FROM settlement_intent WHERE receipt_hash = $1', [
      receiptHash,
    ]);
    return rows[0]?.state;
  }

  async untilIntent(receiptHash: Hex, state: string): Promise<void> {
    await until(
      `outbox row ${receiptHash} ${state}`,
      () => this.intent(receiptHash),
      (seen) => seen === state,
    );
  }

  async hasReceipt(receiptHash: Hex): Promise<boolean> {
    const { rowCount } = await this.sql.query('SELECT 1 FROM receipt WHERE receipt_hash = $1', [receiptHash]);
    return rowCount === 1;
  }

  /**
   * Every balance of the ledger beside the same balance on the chain, once the gateway has booked every block up to now.
   * pUSD; an order's free, held and earned parts are one sum, as on the chain.
   */
  async besideChain(): Promise<{ account: string; ledgerPicoUsd: bigint; chainPicoUsd: bigint }[]> {
    const { rpc } = this;
    const head = await rpc.getBlockNumber();
    const bookedHeight = async () =>
      BigInt((await this.sql.query('SELECT booked_height FROM chain_cursor')).rows[0]?.booked_height ?? -1);
    await until(`block ${head} booked`, bookedHeight, (booked) => booked >= head);
    // One statement, one snapshot: the balances are those of exactly this height.
    const { rows } = await this.sql.query(
      `SELECT CASE WHEN kind IN ('held', 'earned') THEN 'order' ELSE kind END AS kind, split_part(id, ':', 3) AS key,
              sum(balance) AS balance, (SELECT booked_height FROM chain_cursor) AS height
         FROM ledger_account GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    return Promise.all(
      rows.map(async ({ kind, key, balance, height }) => ({
        account: `${kind} ${key}`,
        ledgerPicoUsd: BigInt(balance),
        chainPicoUsd: (await this.#onChain(kind, key, BigInt(height))) * PICO_PER_MICRO,
      })),
    );
  }

  get rpc(): ReturnType<typeof clientsOf>['publicClient'] {
    return clientsOf(this.#story.chain, 'stranger').publicClient;
  }

  /** µUSD. */
  async #onChain(kind: string, key: Hex, blockNumber: bigint): Promise<bigint> {
    const { rpc } = this;
    const { settlement, token } = this.#story.contracts;
    const at = { address: settlement, abi: hearthSettlementAbi, blockNumber } as const;
    switch (kind) {
      case 'order': {
        const order = await rpc.readContract({ ...at, functionName: 'orderOf', args: [key] });
        return order.restMicroUsd + order.reservedMicroUsd;
      }
      case 'buyer':
        return (await rpc.readContract({ ...at, functionName: 'accountOf', args: [key] })).freeMicroUsd;
      case 'provider':
        return (await rpc.readContract({ ...at, functionName: 'accountOf', args: [key] })).claimableMicroUsd;
      case 'fee': {
        const operator = accountOf(this.#story.chain, 'operator').address;
        return (await rpc.readContract({ ...at, functionName: 'accountOf', args: [operator] }))
          .claimableMicroUsd;
      }
      case 'outside':
        return -(await rpc.readContract({
          address: token,
          abi: testUsdAbi,
          blockNumber,
          functionName: 'balanceOf',
          args: [settlement],
        }));
      default:
        throw new Error(`ledger account kind ${kind}: the chain has no such balance`);
    }
  }
}
