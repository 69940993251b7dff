import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ChainFacts } from '../../backend/src/indexer/chain-facts.ts';
import { ChainIndexer } from '../../backend/src/indexer/chain-indexer.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { Reconciliation } from '../../backend/src/settlement/reconciliation.ts';
import { type Backend, startBackend } from '../../backend/src/start-backend.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import { bytes32, EscrowWorld } from './escrow-world.ts';

/** So deep is the part of the chain that may still change. */
const confirmations = 6;
let postgres: Postgres;
let world: EscrowWorld;
let databaseUrl: string;
let backend: Backend;

const boot = () =>
  startBackend(
    loadConfig(
      world.environment(databaseUrl, {
        SETTLEMENT_WORKER: 'off',
        INDEXER_INTERVAL_MS: '3600000',
        SAFE_CONFIRMATIONS: String(confirmations),
      }),
    ),
    { log: new StructuredLog('error', () => undefined) },
  );
const refresh = () => backend.app.get(ChainIndexer).refresh();
const orderStatus = async (orderHash: `0x${string}`) =>
  (await backend.app.get(ChainFacts).order(orderHash)).status;
const storedEvents = async () => {
  const rows: { name: string; subject: string; height: string }[] = await backend.app
    .get(DataSource)
    .query(`SELECT name, subject, height FROM chain_event ORDER BY height, log_index`);
  return rows;
};

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = (await postgres.createDatabase('indexer')).url;
  world = await EscrowWorld.start();
  await world.node.mine({ blocks: confirmations });
  backend = await boot();
});
afterAll(async () => {
  await backend?.stop();
  await world?.stop();
  await postgres?.stop();
});

test('an order counts once its block is safe, not before', async () => {
  const { orderHash, order } = await world.openOrder();
  await refresh();
  expect(await orderStatus(orderHash)).toBe('unknown');
  await world.node.mine({ blocks: confirmations });
  await refresh();
  expect(await backend.app.get(ChainFacts).order(orderHash)).toMatchObject({
    status: 'open',
    buyer: order.buyer,
    sessionKey: order.sessionKey,
    maxSpendMicroUsd: order.maxSpendMicroUsd,
    validUntilUnixSec: Number(order.validUntilUnixSec),
  });
});

test('a reorganisation above the safe block takes its events back and follows the new branch', async () => {
  const snapshot = await world.node.snapshot();
  const dropped = await world.openOrder({ salt: bytes32('dropped') });
  await refresh();
  expect((await storedEvents()).map(({ subject }) => subject)).toContain(dropped.orderHash);

  await world.node.revert({ id: snapshot });
  const kept = await world.openOrder({ salt: bytes32('kept'), maxSpendMicroUsd: 77n });
  await world.node.mine({ blocks: confirmations });
  await refresh();
  const subjects = (await storedEvents()).map(({ subject }) => subject);
  expect(subjects).not.toContain(dropped.orderHash);
  expect(subjects).toContain(kept.orderHash);
  expect(await orderStatus(dropped.orderHash)).toBe('unknown');
  expect(await orderStatus(kept.orderHash)).toBe('open');
  expect((await backend.app.get(Reconciliation).reconcile()).differences).toEqual([]);
});

test('a shorter chain is walked back too', async () => {
  const snapshot = await world.node.snapshot();
  const { orderHash } = await world.openOrder({ salt: bytes32('short') });
  await refresh();
  await world.node.revert({ id: snapshot });
  await refresh();
  expect((await storedEvents()).map(({ subject }) => subject)).not.toContain(orderHash);
});

test('a restarted backend goes on where it stood and books nothing twice', async () => {
  const before = await storedEvents();
  await backend.stop();
  const { orderHash } = await world.openOrder({ salt: bytes32('while it was down') });
  await world.node.mine({ blocks: confirmations });
  backend = await boot();
  expect(await orderStatus(orderHash)).toBe('open');
  expect((await storedEvents()).slice(0, before.length)).toEqual(before);
  expect((await backend.app.get(Reconciliation).reconcile()).differences).toEqual([]);
});

test('what the chain reserves for one enclave, the ledger keeps for it', async () => {
  const { orderHash } = await world.openOrder({ salt: bytes32('reserved'), maxSpendMicroUsd: 100n });
  const enclaveKey = `0x${'e1'.repeat(20)}` as const;
  await world.reserve(orderHash, enclaveKey, 60_000_000n);
  await world.node.mine({ blocks: confirmations });
  await refresh();
  const kept = await backend.app
    .get(DataSource)
    .query(`SELECT held_pico_usd AS held, assured_pico_usd AS assured FROM hold_pair WHERE order_hash = $1`, [
      orderHash,
    ]);
  expect(kept).toEqual([{ held: '60000000', assured: '60000000' }]);
  const { accountsCompared, differences } = await backend.app.get(Reconciliation).reconcile();
  expect(differences).toEqual([]);
  expect(accountsCompared).toBeGreaterThan(5);
});

test('a registered enclave is known by its provider, platform and node key', async () => {
  const enclave = await world.registerEnclave('home a wallet', 31);
  await world.node.mine({ blocks: confirmations });
  await refresh();
  expect(await backend.app.get(ChainFacts).enclave(enclave.enclaveKey)).toMatchObject({
    provider: enclave.provider,
    nodeKey: enclave.nodeKey.publicKey,
    tier: 0,
    teeType: 2,
    blocked: false,
    barred: undefined,
  });
});

test('a chain that drops a safe block stops the indexer and readiness says why', async () => {
  const snapshot = await world.node.snapshot();
  await world.openOrder({ salt: bytes32('safe and gone') });
  await world.node.mine({ blocks: confirmations });
  await refresh();
  await world.node.revert({ id: snapshot });
  await world.openOrder({ salt: bytes32('another branch') });
  await expect(refresh()).rejects.toThrow(/the chain dropped safe block/);
  const ready = await fetch(`${backend.url}/health/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toMatch(/the chain dropped safe block/);
  expect((await fetch(`${backend.url}/health/live`)).status).toBe(200);
});
