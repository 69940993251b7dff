import 'reflect-metadata';
import { hashExecution } from '@hearth/attestation';
import { hearthSettlementAbi, toSettleCall } from '@hearth/contracts';
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
import { clientsOf } from '../market/accounts.ts';
import { BackendProcesses } from './backend-process.ts';
import { EscrowWorld, feeBps, type RegisteredEnclave } from './escrow-world.ts';
import { ReceiptWriter, type WrittenReceipt } from './receipt-writer.ts';
import { type Moment, RpcProxy } from './rpc-proxy.ts';

const micro = 1_000_000n;
let postgres: Postgres;
let databaseUrl: string;
let world: EscrowWorld;
let enclave: RegisteredEnclave;
let proxy: RpcProxy;
/** Takes receipts in and looks at the rows; its own worker is off. */
let observer: Backend;
const processes = new BackendProcesses();

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = (await postgres.createDatabase('crash')).url;
  world = await EscrowWorld.start();
  enclave = await world.registerEnclave('home a wallet', 51);
  proxy = await RpcProxy.start(world.chain.rpcUrl);
  const environment = world.environment(databaseUrl, { SETTLEMENT_WORKER: 'off' });
  observer = await startBackend(loadConfig(environment), {
    log: new StructuredLog('error', () => undefined),
  });
});
afterAll(async () => {
  processes.killAll();
  await observer?.stop();
  await proxy?.stop();
  await world?.stop();
  await postgres?.stop();
});

const credit = (microUsd: bigint) => microUsd - (microUsd * BigInt(feeBps)) / 10_000n;

/** A receipt in the outbox that nobody has sent yet. */
async function storedReceipt(outputTokens: number) {
  const { orderHash } = await world.openOrder();
  await observer.app.get(ChainIndexer).refresh();
  const receipt = new ReceiptWriter(world.domain, orderHash, enclave).write(outputTokens);
  const cap = world.cap(orderHash, enclave.enclaveKey, 10_000n * micro);
  await observer.app.get(ReceiptIntake).ingest({ signed: receipt.signed, cap });
  return { receipt, cap, claimableBefore: await world.claimable(enclave.provider) };
}

/** Runs a real backend into the trap: SIGKILL at that moment of that call. */
async function killAt(method: string, moment: Moment): Promise<void> {
  let kill: () => Promise<unknown> = () => Promise.reject(new Error('the backend did not start'));
  const sprung = new Promise<void>((resolve) =>
    proxy.setTrap(method, moment, async () => {
      await kill();
      resolve();
    }),
  );
  const pending = processes.start(
    world.environment(databaseUrl, { RPC_URL: proxy.url, SETTLEMENT_INTERVAL_MS: '50' }),
  );
  const started = new Promise<void>((resolve) => {
    kill = async () => {
      const { end } = await pending;
      expect(await end('SIGKILL')).toBeNull();
      resolve();
    };
  });
  await sprung;
  await started;
}

/** What the restarted backend's rounds come to; the worker is the production one, driven by hand. */
async function restart(): Promise<void> {
  await observer.app.get(SettlementWorker).run();
  await observer.app.get(SettlementWorker).run();
}

async function outcomeOf(receipt: WrittenReceipt): Promise<string | undefined> {
  const rows: { state: string }[] = await observer.app
    .get(DataSource)
    .query(`SELECT state FROM settlement_intent WHERE receipt_hash = $1`, [receipt.hash]);
  return rows[0]?.state;
}

async function ledgerEqualsChain(): Promise<void> {
  await observer.app.get(ChainIndexer).refresh();
  expect((await observer.app.get(Reconciliation).reconcile()).differences).toEqual([]);
}

test('SIGKILL after the chain took the transaction and before the backend heard of it: paid once', async () => {
  const { receipt, claimableBefore } = await storedReceipt(500);
  await killAt('eth_sendRawTransaction', 'after');
  expect(await outcomeOf(receipt)).toBe('sending');
  expect((await world.claimable(enclave.provider)) - claimableBefore).toBe(credit(500n));
  await restart();
  expect(await outcomeOf(receipt)).toBe('settled');
  expect((await world.claimable(enclave.provider)) - claimableBefore).toBe(credit(500n));
  await ledgerEqualsChain();
});

test('SIGKILL after the transaction was stored and before the chain saw it: sent by the next process, paid once', async () => {
  const { receipt, claimableBefore } = await storedReceipt(300);
  await killAt('eth_sendRawTransaction', 'before');
  expect(await outcomeOf(receipt)).toBe('sending');
  expect(await world.claimable(enclave.provider)).toBe(claimableBefore);
  await restart();
  expect(await outcomeOf(receipt)).toBe('settled');
  expect((await world.claimable(enclave.provider)) - claimableBefore).toBe(credit(300n));
  await ledgerEqualsChain();
});

test('SIGKILL before anything was signed, and the host settles by itself: the next process finds it done', async () => {
  const { receipt, cap, claimableBefore } = await storedReceipt(200);
  await killAt('eth_estimateGas', 'before');
  expect(await outcomeOf(receipt)).toBe('pending');
  const { publicClient, walletClient } = clientsOf(world.chain, 'home a gas');
  const { settlement, execution } = receipt.signed.receipt;
  const claim = {
    settlement,
    executionHash: hashExecution(execution),
    enclaveSignature: receipt.signed.signature,
    ...cap,
  };
  const hash = await walletClient.writeContract({
    address: world.market.settlement,
    abi: hearthSettlementAbi,
    functionName: 'settle',
    args: toSettleCall([claim]).args,
  });
  await publicClient.waitForTransactionReceipt({ hash });
  await restart();
  expect(await outcomeOf(receipt)).toBe('settled-elsewhere');
  expect((await world.claimable(enclave.provider)) - claimableBefore).toBe(credit(200n));
  await ledgerEqualsChain();
});
