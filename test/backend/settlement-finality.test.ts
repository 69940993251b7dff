import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ChainIndexer } from '../../backend/src/indexer/chain-indexer.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { ReceiptIntake } from '../../backend/src/settlement/receipt-intake.ts';
import { Reconciliation } from '../../backend/src/settlement/reconciliation.ts';
import { SettlementWorker } from '../../backend/src/settlement/settlement-worker.ts';
import { type Backend, startBackend } from '../../backend/src/start-backend.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import { EscrowWorld, feeBps, type RegisteredEnclave } from './escrow-world.ts';
import { ReceiptWriter } from './receipt-writer.ts';

const confirmations = 4;
const micro = 1_000_000n;
let postgres: Postgres;
let world: EscrowWorld;
let backend: Backend;
let enclave: RegisteredEnclave;

beforeAll(async () => {
  postgres = await startPostgres();
  const { url } = await postgres.createDatabase('finality');
  world = await EscrowWorld.start();
  enclave = await world.registerEnclave('home a wallet', 41);
  await world.node.mine({ blocks: confirmations });
  const environment = world.environment(url, {
    SETTLEMENT_WORKER: 'off',
    INDEXER_INTERVAL_MS: '3600000',
    SAFE_CONFIRMATIONS: String(confirmations),
  });
  backend = await startBackend(loadConfig(environment), { log: new StructuredLog('error', () => undefined) });
});
afterAll(async () => {
  await backend?.stop();
  await world?.stop();
  await postgres?.stop();
});

const run = () => backend.app.get(SettlementWorker).run();
const state = async () => {
  const rows: { intent: string; tx: string }[] = await backend.app
    .get(DataSource)
    .query(
      `SELECT i.state AS intent, t.state AS tx FROM settlement_intent i JOIN chain_tx t ON t.id = i.chain_tx_id`,
    );
  return rows;
};

test('a settlement counts when its block is safe, and one that a reorganisation drops is sent again and paid once', async () => {
  const { orderHash } = await world.openOrder();
  await world.node.mine({ blocks: confirmations });
  await backend.app.get(ChainIndexer).refresh();
  const receipt = new ReceiptWriter(world.domain, orderHash, enclave).write(400);
  await backend.app.get(ReceiptIntake).ingest({
    signed: receipt.signed,
    cap: world.cap(orderHash, enclave.enclaveKey, 1_000n * micro),
  });

  const beforeSettlement = await world.node.snapshot();
  await run();
  expect(await state()).toEqual([{ intent: 'sending', tx: 'mined' }]);
  const credit = 400n - (400n * BigInt(feeBps)) / 10_000n;
  expect(await world.claimable(enclave.provider)).toBe(credit);

  await world.node.revert({ id: beforeSettlement });
  expect(await world.claimable(enclave.provider)).toBe(0n);
  await run();
  expect(await state()).toEqual([{ intent: 'sending', tx: 'mined' }]);
  expect(await world.claimable(enclave.provider)).toBe(credit);

  await world.node.mine({ blocks: confirmations });
  await run();
  expect(await state()).toEqual([{ intent: 'settled', tx: 'final' }]);
  await backend.app.get(ChainIndexer).refresh();
  expect((await backend.app.get(Reconciliation).reconcile()).differences).toEqual([]);
});
