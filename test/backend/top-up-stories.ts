import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { eip712Types, type Order, topUpTillsAbi } from '@hearth/contracts';
import { type Client, closeOrder, closeSession, createClient, openOrder } from '@hearth/sdk';
import { routes, signedOrder } from '@hearth/sdk/protocol';
import { expect } from '@jest/globals';
import { decodePaymentRequiredHeader, encodePaymentSignatureHeader } from '@x402/core/http';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { erc20Abi } from 'viem';
import { z } from 'zod';
import { policyFor } from '../builders/policy.ts';
import { accountOf, clientsOf, mint } from '../market/accounts.ts';
import { bytes32 } from './escrow-world.ts';
import type { MarketWorld } from './market-world.ts';

const MAX_SPEND = 2_000_000n;

/** A buyer with tokens in its wallet, no ether and nothing in escrow, on the world's market. */
export class Newcomer {
  readonly client: Client;
  private readonly world: MarketWorld;
  private readonly stateDir = mkdtempSync(join(tmpdir(), 'hearth-newcomer-'));
  readonly account;

  private constructor(world: MarketWorld) {
    this.world = world;
    const { chain, market } = world.escrow;
    const lower = (address: string) => address.toLowerCase() as Hex;
    this.account = accountOf(chain, 'stranger');
    this.client = createClient({
      gatewayUrl: world.url,
      trust: {
        schema: 'hearth-trust/1',
        chain: {
          chainId: chain.chainId,
          rpcUrl: chain.rpcUrl,
          registry: lower(market.registry),
          settlement: lower(market.settlement),
          topUpTills: lower(market.topUpTills),
        },
        logKeys: [],
        vendorRootSha256: [],
        releases: [],
      },
      policy: policyFor([]),
      stateDir: this.stateDir,
      account: this.account,
    });
  }

  static async arrive(world: MarketWorld): Promise<Newcomer> {
    const { chain, market } = world.escrow;
    await mint(chain, market.token, accountOf(chain, 'stranger').address, 10n * MAX_SPEND);
    return new Newcomer(world);
  }

  leave(): void {
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  private async wallet(): Promise<bigint> {
    return (await this.client.chain.balances(this.account.address)).tokenMicroUsd;
  }

  /** The SDK pays by an unmodified x402 client; the key makes it one order, the chain makes it one payment. */
  async paysForAnOrder(): Promise<void> {
    const before = await this.wallet();
    const terms = { maxSpendMicroUsd: MAX_SPEND, payBy: 'x402', idempotencyKey: 'newcomer' } as const;
    const first = await openOrder(this.client, terms);
    closeSession(first.session);
    expect(first.txHash).toMatch(/^0x/);
    expect(await this.client.chain.order(first.orderHash)).toMatchObject({
      status: 1,
      restMicroUsd: MAX_SPEND,
    });
    const again = await openOrder(this.client, terms);
    closeSession(again.session);
    expect(again).toMatchObject({ orderHash: first.orderHash, txHash: undefined });
    expect(before - (await this.wallet())).toBe(MAX_SPEND);
    await this.endsItByTheGateway(first.orderHash);
  }

  private async endsItByTheGateway(orderHash: Hex): Promise<void> {
    expect(await closeOrder(this.client, orderHash, 'gateway')).toMatch(/^0x/);
    expect(await closeOrder(this.client, orderHash, 'gateway')).toBeUndefined();
    expect(await closeOrder(this.client, orderHash)).toBeUndefined();
  }

  /** What crosses the wire, header by header, and all that must not open an order. */
  async isAskedFirst(): Promise<void> {
    const body = await this.signed('asked first');
    const before = await this.wallet();
    const unpaid = await this.post(body);
    expect(unpaid.status).toBe(402);
    const required = decodePaymentRequiredHeader(unpaid.headers.get('PAYMENT-REQUIRED') ?? '');
    const till = await this.till();
    const [terms] = required.accepts;
    expect(required.x402Version).toBe(2);
    expect(terms).toMatchObject({ scheme: 'exact', amount: String(MAX_SPEND), payTo: till });
    if (terms === undefined) throw new Error('nothing is accepted');
    const pay = async (changes: Partial<typeof terms>) => {
      const accepted = { ...terms, ...changes };
      const { payload } = await new ExactEvmScheme(this.account).createPaymentPayload(2, accepted);
      const header = encodePaymentSignatureHeader({ x402Version: 2, accepted, payload });
      return this.post(body, { 'PAYMENT-SIGNATURE': header });
    };
    expect((await this.post(body, { 'PAYMENT-SIGNATURE': 'AAAA' })).status).toBe(400);
    expect((await pay({ amount: String(MAX_SPEND - 1n) })).status).toBe(402);
    expect((await pay({ payTo: accountOf(this.world.escrow.chain, 'operator').address })).status).toBe(402);
    const forged = { ...body, signature: (await this.signed('another')).signature };
    expect((await this.post(forged)).status).toBe(401);
    expect(await this.wallet()).toBe(before);

    const paid = await pay({});
    expect(paid.status).toBe(200);
    expect(paid.headers.get('PAYMENT-RESPONSE')).not.toBeNull();
    expect(before - (await this.wallet())).toBe(MAX_SPEND);
    const repeated = await pay({}); // a second payment, for what is paid
    expect(await repeated.json()).toMatchObject({ txHash: null });
    expect(before - (await this.wallet())).toBe(MAX_SPEND);
  }

  /** Somebody sent the money by hand, or a payment lost its order: it pays for the next one. */
  async findsMoneyInItsTill(): Promise<void> {
    const { walletClient, publicClient } = clientsOf(this.world.escrow.chain, 'stranger');
    const hash = await walletClient.writeContract({
      address: this.world.escrow.market.token,
      abi: erc20Abi,
      functionName: 'transfer',
      args: [await this.till(), MAX_SPEND],
    });
    await publicClient.waitForTransactionReceipt({ hash });
    const before = await this.wallet();
    const opened = await this.post(await this.signed('by hand'));
    expect(opened.status).toBe(200);
    expect(await opened.json()).toMatchObject({ txHash: expect.stringMatching(/^0x/) });
    expect(await this.wallet()).toBe(before);
  }

  async paysNobodyElse(): Promise<void> {
    const before = await this.wallet();
    const elsewhere: Client = {
      ...this.client,
      chain: { ...this.client.chain, tillOf: async () => `0x${'77'.repeat(20)}` },
    };
    await expect(openOrder(elsewhere, { maxSpendMicroUsd: MAX_SPEND, payBy: 'x402' })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await this.wallet()).toBe(before);
  }

  private till(): Promise<Hex> {
    return this.world.escrow.rpc.readContract({
      address: this.world.escrow.market.topUpTills,
      abi: topUpTillsAbi,
      functionName: 'tillOf',
      args: [this.account.address],
    });
  }

  private async signed(salt: string): Promise<z.input<typeof signedOrder>> {
    const { timestamp } = await this.world.escrow.rpc.getBlock();
    const buyer = this.account.address.toLowerCase() as Hex;
    const order: Order = {
      buyer,
      sessionKey: buyer,
      maxSpendMicroUsd: MAX_SPEND,
      maxPriceInput: 1n,
      maxPriceCachedInput: 1n,
      maxPriceOutput: 1n,
      maxSpendPerEnclaveMicroUsd: MAX_SPEND,
      policyHash: bytes32('policy'),
      minTier: 0,
      validAfterUnixSec: timestamp - 60n,
      validUntilUnixSec: timestamp + 3600n,
      salt: bytes32(salt),
    };
    const { domain } = this.world.escrow;
    const types = { Order: eip712Types.Order };
    const signature = await this.account.signTypedData({
      domain,
      types,
      primaryType: 'Order',
      message: order,
    });
    return z.encode(signedOrder, { order, signature });
  }

  private post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.world.url + routes.orders, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }
}
