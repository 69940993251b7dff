import { toHex } from '@hearth/attestation';
import { routes } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { answerOf, MarketWorld } from './market-world.ts';

let world: MarketWorld;

beforeAll(async () => {
  world = await MarketWorld.start('access');
});

afterAll(async () => {
  await world?.stop();
});

const refusal = (status: number, code: string) => ({
  status,
  body: { error: expect.objectContaining({ code }) },
});

test('an account gets a key for its signature, and only its hash is stored', async () => {
  const { status, body } = await answerOf(await world.requestApiKey('buyer'));
  const { apiKey, keyId } = body as { apiKey: string; keyId: string };
  expect(status).toBe(201);
  expect(apiKey).toMatch(/^hearth_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
  expect(apiKey.startsWith(`${keyId}_`)).toBe(true);
  const rows: unknown = await world.backend.app
    .get(DataSource)
    .query('SELECT *, encode(key_sha256, $1) FROM api_key', ['escape']);
  expect(JSON.stringify(rows)).not.toContain(apiKey.slice(keyId.length));
  expect((await world.get(routes.order(toHex(new Uint8Array(32))), apiKey)).status).toBe(200);
});

test('a nonce buys one key', async () => {
  const nonce = toHex(new Uint8Array(32).fill(5));
  expect((await world.requestApiKey('buyer', { nonce })).status).toBe(201);
  expect(await answerOf(await world.requestApiKey('buyer', { nonce }))).toEqual(
    refusal(409, 'already_exists'),
  );
  expect((await world.requestApiKey('stranger', { nonce })).status).toBe(201); // nonces are per account
});

test.each([
  ['older than five minutes', { issuedAtMs: Date.now() - 301_000 }, refusal(400, 'invalid_request')],
  ['from the future', { issuedAtMs: Date.now() + 400_000 }, refusal(400, 'invalid_request')],
  ['for another chain', { chainId: 1 }, refusal(401, 'invalid_signature')],
])('a statement %s gets no key', async (_, changes, expected) => {
  expect(await answerOf(await world.requestApiKey('buyer', changes))).toEqual(expected);
});

test('a statement that somebody else signed gets no key', async () => {
  const buyer = '0x00000000000000000000000000000000000000aa';
  const signature = toHex(new Uint8Array(65).fill(27));
  const nonce = toHex(new Uint8Array(32).fill(6));
  const answer = await answerOf(
    await world.post(routes.apiKeys, { buyer, issuedAtMs: Date.now(), nonce, signature }),
  );
  expect(answer).toEqual(refusal(401, 'invalid_signature'));
});

const guarded: [method: string, path: string][] = [
  ['POST', routes.leases],
  ['POST', routes.jobs],
  ['GET', routes.order(toHex(new Uint8Array(32)))],
];
const disguises = (path: string) => [
  path,
  `${path}/`,
  path.toUpperCase(),
  path.replace('v1', '%761'),
  `/${path}`,
  `${path}?a=b`,
];

test.each(guarded.flatMap(([method, path]) => disguises(path).map((url) => [method, url])))(
  '%s %s without a key is refused',
  async (method, url) => {
    const response = await fetch(world.url + url, { method: method as string });
    expect([401, 404]).toContain(response.status);
  },
);

test.each(['Bearer wrong', 'Bearer ', 'Basic eDp5', `Bearer ${'x'.repeat(600)}`])(
  '%s opens nothing',
  async (authorization) => {
    for (const [method, path] of guarded)
      expect((await fetch(world.url + path, { method, headers: { authorization } })).status).toBe(401);
  },
);

test('market, models and log are readable by anyone', async () => {
  const { escrow } = world;
  expect((await answerOf(await world.get(routes.market))).body).toMatchObject({
    chainId: escrow.chain.chainId,
    settlement: escrow.market.settlement.toLowerCase(),
    feeBps: 250,
  });
  const { body } = await answerOf(await world.get(routes.models));
  const { modelDigest } = world;
  expect(body).toMatchObject({
    models: [{ name: 'scripted', modelDigest, classes: [{ class: 0, nodes: 0 }] }],
  });
  expect((await world.get(routes.checkpoint)).status).toBe(200);
});

test('every route is public by name or wants a key', async () => {
  const mapped = world.logLines.flatMap((line) => [
    ...line.matchAll(/Mapped \{([^,]+), (GET|POST)\} route/g),
  ]);
  const open: string[] = [];
  for (const [, path, method] of mapped) {
    const url = world.url + (path as string).replace(/:\w+/, `0x${'00'.repeat(32)}`);
    if ((await fetch(url, { method: method as string })).status !== 401) open.push(`${method} ${path}`);
  }
  expect(mapped.length).toBeGreaterThan(10);
  expect(open.sort()).toEqual([
    'GET /health/ledger',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'GET /v1/log/checkpoint',
    'GET /v1/log/checkpoints',
    'GET /v1/log/entries',
    'GET /v1/log/proof/consistency',
    'GET /v1/log/proof/inclusion',
    'GET /v1/market',
    'GET /v1/models',
    'GET /v1/node-book',
    'GET /v1/nodes/:nodeKey/outcomes',
    'GET /v1/outlook',
    'GET /v1/receipts/:receiptHash',
    'POST /v1/api-keys',
    'POST /v1/orders',
    'POST /v1/orders/:orderHash/close',
  ]);
});
