import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Client,
  closeOrder,
  closeSession,
  createClient,
  openOrder,
  refundOrder,
  withdraw,
} from '@hearth/sdk';
import type { TrustFile } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EscrowWorld } from '../backend/escrow-world.ts';
import { policyFor } from '../builders/policy.ts';
import { accountOf, mint } from '../market/accounts.ts';

const TIMEOUT_MS = 120_000;
let world: EscrowWorld;
let dir: string;
let client: Client;

beforeAll(async () => {
  world = await EscrowWorld.start();
  const { chain, market } = world;
  await mint(chain, market.token, accountOf(chain, 'buyer').address, 100_000_000n);
  dir = mkdtempSync(join(tmpdir(), 'hearth-deposit-'));
  const lower = (text: string) => text.toLowerCase() as `0x${string}`;
  const trust: TrustFile = {
    schema: 'hearth-trust/1',
    chain: {
      chainId: chain.chainId,
      rpcUrl: chain.rpcUrl,
      registry: lower(market.registry),
      settlement: lower(market.settlement),
    },
    logKeys: [],
    vendorRootSha256: [],
    releases: [],
  };
  const account = accountOf(chain, 'buyer');
  client = createClient({
    gatewayUrl: 'http://127.0.0.1:9',
    trust,
    policy: policyFor([]),
    stateDir: dir,
    account,
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await world.stop();
  rmSync(dir, { recursive: true, force: true });
});

const free = async () => (await client.chain.balances(accountOf(world.chain, 'buyer').address)).freeMicroUsd;

test.each(['authorization', 'permit', 'approve', undefined] as const)(
  'a deposit by %s arrives in escrow, to the unit',
  async (by) => {
    const before = await free();
    await client.chain.deposit(1_234_567n, { by });
    expect((await free()) - before).toBe(1_234_567n);
  },
);

test('equal keys deposit once, even side by side; the first transaction answers again', async () => {
  const before = await free();
  const once = () => client.chain.deposit(500_000n, { idempotencyKey: 'invoice 7' });
  const hash = await once();
  expect(await once()).toBe(hash);
  expect((await free()) - before).toBe(500_000n);
  await expect(client.chain.deposit(600_000n, { idempotencyKey: 'invoice 7' })).rejects.toMatchObject({
    code: 'already_exists',
    message: expect.stringContaining('500000'),
  });
  const racing = await Promise.allSettled(
    [1, 2, 3].map(() => client.chain.deposit(700_000n, { idempotencyKey: 'invoice 8' })),
  );
  expect(racing.some(({ status }) => status === 'fulfilled')).toBe(true);
  expect((await free()) - before).toBe(1_200_000n);
});

test('a key with a way that cannot keep its promise is refused', async () => {
  await expect(client.chain.deposit(1n, { by: 'permit', idempotencyKey: 'invoice 9' })).rejects.toMatchObject(
    { code: 'invalid_request' },
  );
});

test('equal keys open one order; other terms under the key are refused', async () => {
  await client.chain.deposit(2_000_000n);
  const terms = { maxSpendMicroUsd: 1_000_000n, idempotencyKey: 'month 11' };
  const first = await openOrder(client, terms);
  closeSession(first.session);
  const before = await free();
  const second = await openOrder(client, terms);
  closeSession(second.session);
  expect(second).toMatchObject({ orderHash: first.orderHash, txHash: undefined });
  expect(await free()).toBe(before);
  await expect(openOrder(client, { ...terms, maxSpendMicroUsd: 999_999n })).rejects.toMatchObject({
    code: 'already_exists',
  });
});

test('a withdrawal under a key happens once; an order ends once, and is refunded no sooner than it may be', async () => {
  await client.chain.deposit(900_000n);
  const before = await free();
  expect(await withdraw(client, 400_000n, 'rent')).toMatch(/^0x/);
  expect(await withdraw(client, 400_000n, 'rent')).toBeUndefined();
  expect(before - (await free())).toBe(400_000n);
  await expect(withdraw(client, 1n, 'rent')).rejects.toMatchObject({ code: 'already_exists' });
  expect(await withdraw(client, 100_000n, 'lunch')).toMatch(/^0x/);
  expect(before - (await free())).toBe(500_000n);

  const { session, orderHash } = await openOrder(client, { maxSpendMicroUsd: 200_000n });
  closeSession(session);
  expect(await closeOrder(client, orderHash)).toMatch(/^0x/);
  expect(await closeOrder(client, orderHash)).toBeUndefined();
  await expect(refundOrder(client, orderHash)).rejects.toThrow(/OrderStillSettling/);
});

test('an order whose transaction never arrived is sent again under its key', async () => {
  const terms = { maxSpendMicroUsd: 300_000n, idempotencyKey: 'month 12' };
  const lost: Client = {
    ...client,
    chain: { ...client.chain, openOrder: () => Promise.reject(new Error('the node is gone')) },
  };
  await expect(openOrder(lost, terms)).rejects.toThrow('the node is gone');
  const { session, orderHash, txHash } = await openOrder(client, terms);
  closeSession(session);
  expect(txHash).toMatch(/^0x/);
  expect((await client.chain.order(orderHash)).status).toBe(1);
});
