import 'reflect-metadata';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ChainIndexer } from '../../backend/src/indexer/chain-indexer.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { ReceiptIntake } from '../../backend/src/settlement/receipt-intake.ts';
import { Reconciliation } from '../../backend/src/settlement/reconciliation.ts';
import { type Backend, startBackend } from '../../backend/src/start-backend.ts';
import { until } from '../e2e/until.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import { findOwnRedis, type RedisServer } from '../environment/redis.ts';
import { testUnless } from '../environment/skip.ts';
import { EscrowWorld, type RegisteredEnclave } from './escrow-world.ts';
import { ReceiptWriter } from './receipt-writer.ts';

const startRedis = findOwnRedis();
const testRedis = testUnless(startRedis ? undefined : 'needs a redis-server on PATH');
const never = '3600000';
let postgres: Postgres;
let databaseUrl: string;
let world: EscrowWorld;
let enclave: RegisteredEnclave;
let redis: RedisServer;
const backends: Backend[] = [];

beforeAll(async () => {
  if (startRedis === undefined) return;
  redis = await startRedis();
  postgres = await startPostgres();
  databaseUrl = (await postgres.createDatabase('redis')).url;
  world = await EscrowWorld.start();
  enclave = await world.registerEnclave('home a wallet', 51);
});
afterAll(async () => {
  for (const backend of backends) await backend.stop();
  await world?.stop();
  await postgres?.stop();
  await redis?.stop();
});

async function start(settlementIntervalMs: string): Promise<Backend> {
  const environment = world.environment(databaseUrl, {
    REDIS_URL: redis.url,
    SETTLEMENT_INTERVAL_MS: settlementIntervalMs,
  });
  const backend = await startBackend(loadConfig(environment), {
    log: new StructuredLog('error', () => undefined),
  });
  backends.push(backend);
  return backend;
}

async function deliver(backend: Backend, outputTokens: number): Promise<string> {
  const { orderHash } = await world.openOrder();
  await backend.app.get(ChainIndexer).refresh();
  const { signed, hash } = new ReceiptWriter(world.domain, orderHash, enclave).write(outputTokens);
  const cap = world.cap(orderHash, enclave.enclaveKey, 10n ** 10n);
  expect(await backend.app.get(ReceiptIntake).ingest({ signed, cap })).toMatchObject({ isNew: true });
  return hash;
}

const settled = (backend: Backend, receiptHash: string) =>
  until(
    `settlement of ${receiptHash}`,
    async () => {
      const rows: { state: string }[] = await backend.app
        .get(DataSource)
        .query(`SELECT state FROM settlement_intent WHERE receipt_hash = $1`, [receiptHash]);
      return rows[0]?.state;
    },
    (state) => state === 'settled',
  );

testRedis(
  'with REDIS_URL a wake-up alone starts a settlement; kill -9 of Redis delays one and loses nothing',
  async () => {
    const waiting = await start(never); // its loop runs at boot and then only when woken
    await settled(waiting, await deliver(waiting, 500));

    process.kill(redis.pid as number, 'SIGKILL');
    const receiptHash = await deliver(waiting, 300); // answered: durable without Redis
    const polling = await start('50'); // a replica that boots without Redis
    await settled(polling, receiptHash);
    await polling.app.get(ChainIndexer).refresh();
    expect((await polling.app.get(Reconciliation).reconcile()).differences).toEqual([]);
  },
);
