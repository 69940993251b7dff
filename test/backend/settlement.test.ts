import 'reflect-metadata';
import { addressOf, type Hex, hashExecution } from '@hearth/attestation';
import { hearthSettlementAbi, toSettleCall } from '@hearth/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ChainFacts } from '../../backend/src/indexer/chain-facts.ts';
import { ChainIndexer } from '../../backend/src/indexer/chain-indexer.ts';
import { HoldService } from '../../backend/src/ledger/hold.service.ts';
import type { HoldRequest } from '../../backend/src/ledger/hold-fold.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { GroupCommit } from '../../backend/src/platform/group-commit.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { Transactions } from '../../backend/src/platform/transactions.ts';
import { ReceiptIntake } from '../../backend/src/settlement/receipt-intake.ts';
import { Reconciliation } from '../../backend/src/settlement/reconciliation.ts';
import { SettlementWorker } from '../../backend/src/settlement/settlement-worker.ts';
import { type Backend, startBackend } from '../../backend/src/start-backend.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import type { Database } from '../environment/postgres-databases.ts';
import { clientsOf } from '../market/accounts.ts';
import { bytes32, EscrowWorld, feeBps, type RegisteredEnclave } from './escrow-world.ts';
import { ReceiptWriter, type WrittenReceipt } from './receipt-writer.ts';

const micro = 1_000_000n;
let postgres: Postgres;
let database: Database;
let world: EscrowWorld;
let backend: Backend;
let enclave: RegisteredEnclave;
let other: RegisteredEnclave;

/** No background worker: each test decides when a step happens. The indexer is asked by name, too. */
const boot = (changes: Record<string, string> = {}) =>
  startBackend(
    loadConfig(
      world.environment(database.url, {
        SETTLEMENT_WORKER: 'off',
        INDEXER_INTERVAL_MS: '3600000',
        ...changes,
      }),
    ),
    { log: new StructuredLog('error', () => undefined) },
  );
const intake = () => backend.app.get(ReceiptIntake);
const worker = () => backend.app.get(SettlementWorker);
const refresh = () => backend.app.get(ChainIndexer).refresh();
const intentOf = async (receipt: WrittenReceipt) => {
  const rows: { state: string; detail: string | null }[] = await backend.app
    .get(DataSource)
    .query(`SELECT state, detail FROM settlement_intent WHERE receipt_hash = $1`, [receipt.hash]);
  return rows[0]?.state;
};
const ledgerEqualsChain = async () => {
  await refresh();
  const report = await backend.app.get(Reconciliation).reconcile();
  expect(report.differences).toEqual([]);
  expect(report.accountsCompared).toBeGreaterThan(2);
};
/** What the home does by itself over RPC. */
const settleByHost = async (receipt: WrittenReceipt, cap: ReturnType<EscrowWorld['cap']>) => {
  const { publicClient, walletClient } = clientsOf(world.chain, 'home a gas');
  const { settlement, execution } = receipt.signed.receipt;
  const { args } = toSettleCall([
    {
      settlement,
      executionHash: hashExecution(execution),
      enclaveSignature: receipt.signed.signature,
      ...cap,
    },
  ]);
  const hash = await walletClient.writeContract({
    address: world.market.settlement,
    abi: hearthSettlementAbi,
    functionName: 'settle',
    args,
  });
  await publicClient.waitForTransactionReceipt({ hash });
};
const credit = (microUsd: bigint) => microUsd - (microUsd * BigInt(feeBps)) / 10_000n;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.createDatabase('settlement');
  world = await EscrowWorld.start();
  enclave = await world.registerEnclave('home a wallet', 21);
  other = await world.registerEnclave('home b wallet', 22);
  backend = await boot();
});

afterAll(async () => {
  await backend?.stop();
  await world?.stop();
  await postgres?.stop();
});

/** An order that the backend knows, a writer of its receipts, and a cap for any amount. */
async function openedPair(of: RegisteredEnclave = enclave) {
  const { orderHash } = await world.openOrder();
  await refresh();
  const writer = new ReceiptWriter(world.domain, orderHash, of);
  return {
    orderHash,
    writer,
    cap: (microUsd: bigint) => world.cap(orderHash, of.enclaveKey, microUsd * micro),
  };
}

test('a receipt is paid once, net of the fee, however often it is delivered', async () => {
  const { writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  const receipt = writer.write(1_000);
  const delivery = { signed: receipt.signed, cap: cap(2_000n), leaf: receipt.leaf };
  expect(await intake().ingest(delivery)).toEqual({
    receiptHash: receipt.hash,
    isNew: true,
    capturedPicoUsd: 1_000n * micro,
  });
  expect(await intake().ingest(delivery)).toEqual({
    receiptHash: receipt.hash,
    isNew: false,
    capturedPicoUsd: 0n,
  });
  await worker().run();
  await worker().run();
  expect(await intentOf(receipt)).toBe('settled');
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(1_000n));
  await ledgerEqualsChain();
});

test('two jobs that finish in reverse order are both paid, by the newest receipt', async () => {
  const { writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  const [first, second] = [writer.write(300), writer.write(500)];
  await intake().ingest({ signed: second.signed, cap: cap(1_000n) });
  await intake().ingest({ signed: first.signed, cap: cap(400n) });
  await worker().run();
  expect(await Promise.all([first, second].map(intentOf))).toEqual(['superseded', 'settled']);
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(800n));
  await ledgerEqualsChain();
});

test('a second job on the pair pays only the difference', async () => {
  const { writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  await intake().ingest({ signed: writer.write(200).signed, cap: cap(1_000n) });
  await worker().run();
  const middle = (await world.claimable(enclave.provider)) - before;
  await intake().ingest({ signed: writer.write(600).signed, cap: cap(1_000n) });
  await worker().run();
  expect(middle).toBe(credit(200n));
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(200n) + credit(600n));
  await ledgerEqualsChain();
});

test('a receipt above the highest cap moves nothing until the buyer signs a higher one', async () => {
  const { orderHash, writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  const receipt = writer.write(700);
  expect((await intake().ingest({ signed: receipt.signed, cap: cap(699n) })).capturedPicoUsd).toBe(0n);
  await worker().run();
  expect(await intentOf(receipt)).toBe('waiting');
  expect(await world.claimable(enclave.provider)).toBe(before);
  await intake().noteCap(orderHash, enclave.enclaveKey, cap(700n));
  await worker().run();
  expect(await intentOf(receipt)).toBe('settled');
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(700n));
  await ledgerEqualsChain();
});

test('a receipt without any authorisation moves nothing', async () => {
  const { writer } = await openedPair();
  const receipt = writer.write(100);
  const before = await world.claimable(enclave.provider);
  await intake().ingest({ signed: receipt.signed });
  await worker().run();
  expect(await intentOf(receipt)).toBe('waiting');
  expect(await world.claimable(enclave.provider)).toBe(before);
});

test('an authorisation by another key, an unregistered enclave and another chain id are refused', async () => {
  const { orderHash, writer, cap } = await openedPair();
  const receipt = writer.write(100);
  const forged = { ...cap(100n), sessionSignature: receipt.signed.signature };
  await expect(intake().ingest({ signed: receipt.signed, cap: forged })).rejects.toMatchObject({
    code: 'invalid_signature',
  });

  const privateKey = new Uint8Array(32).fill(99);
  const stranger = { ...enclave, privateKey, enclaveKey: addressOf(privateKey) };
  const unregistered = new ReceiptWriter(world.domain, orderHash, stranger).write(100);
  await expect(intake().ingest({ signed: unregistered.signed })).rejects.toThrow(
    /expected an enclave registered at the safe block/,
  );

  const elsewhere = new ReceiptWriter({ ...world.domain, chainId: 1 }, orderHash, enclave).write(100);
  await expect(intake().ingest({ signed: elsewhere.signed, cap: cap(100n) })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
  });
});

test('a second receipt for one place in the sequence moves nothing, and its proof blocks the enclave on the chain', async () => {
  const { orderHash, writer, cap } = await openedPair(other);
  const honest = writer.write(100);
  const twin = new ReceiptWriter(world.domain, orderHash, other).write(150);
  await intake().ingest({ signed: honest.signed, cap: cap(1_000n) });
  await expect(intake().ingest({ signed: twin.signed, cap: cap(1_000n) })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
  });
  const rows: unknown[] = await backend.app
    .get(DataSource)
    .query(`SELECT 1 FROM equivocation WHERE first_hash = $1 AND second_hash = $2`, [honest.hash, twin.hash]);
  expect(rows).toHaveLength(1);
  const before = await world.claimable(other.provider);
  await worker().run(); // pays the first receipt, whose work was authorised and done
  expect((await world.claimable(other.provider)) - before).toBe(credit(100n));
  await worker().run(); // reports
  const isBlocked = await world.rpc.readContract({
    address: world.market.settlement,
    abi: hearthSettlementAbi,
    functionName: 'isBlocked',
    args: [other.enclaveKey],
  });
  expect(isBlocked).toBe(true);
  expect(await worker().prepare()).toBeUndefined();
  await refresh();
  expect(await backend.app.get(ChainFacts).enclave(other.enclaveKey)).toMatchObject({ blocked: true });
});

test('an interim receipt waits for the next one, and is settled when none comes', async () => {
  const { writer, cap } = await openedPair();
  const interim = writer.write(50, { execution: { outcome: 0 } });
  await intake().ingest({ signed: interim.signed, cap: cap(1_000n) });
  await worker().run();
  expect(await intentOf(interim)).toBe('pending');
  await backend.app
    .get(DataSource)
    .query(`UPDATE settlement_intent SET due_at_ms = 0 WHERE receipt_hash = $1`, [interim.hash]);
  await worker().run();
  expect(await intentOf(interim)).toBe('settled');
});

test('killed between storing the receipt and sending: the host settles alone, the restarted backend credits nothing twice', async () => {
  const { writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  const receipt = writer.write(400);
  await intake().ingest({ signed: receipt.signed, cap: cap(1_000n) });
  await settleByHost(receipt, cap(1_000n));
  await backend.stop();
  backend = await boot();
  await worker().run();
  expect(await intentOf(receipt)).toBe('settled-elsewhere');
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(400n));
  await ledgerEqualsChain();
});

test('killed after signing and before broadcast: the restarted backend sends the very same bytes', async () => {
  const { writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  const receipt = writer.write(250);
  await intake().ingest({ signed: receipt.signed, cap: cap(1_000n) });
  const signed = await worker().prepare();
  await backend.stop();
  backend = await boot();
  expect(await world.claimable(enclave.provider)).toBe(before);
  await worker().run();
  await worker().run();
  expect(await intentOf(receipt)).toBe('settled');
  const mined = await world.rpc.getTransactionReceipt({ hash: signed?.hash as Hex });
  expect(mined.status).toBe('success');
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(250n));
  await ledgerEqualsChain();
});

test('killed between broadcast and recording the hash: nothing is sent or credited twice', async () => {
  const { writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  const receipt = writer.write(350);
  await intake().ingest({ signed: receipt.signed, cap: cap(1_000n) });
  const signed = await worker().prepare();
  await world.rpc.sendRawTransaction({ serializedTransaction: signed?.raw as Hex });
  await backend.stop();
  backend = await boot();
  const { address } = clientsOf(world.chain, 'gateway gas').walletClient.account;
  const sentBefore = await world.rpc.getTransactionCount({ address });
  await worker().run();
  expect(await intentOf(receipt)).toBe('settled');
  expect(await world.rpc.getTransactionCount({ address })).toBe(sentBefore);
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(350n));
  await ledgerEqualsChain();
});

test('when another transaction of the operator takes the stored nonce, the work is signed anew and paid once', async () => {
  const { writer, cap } = await openedPair();
  const before = await world.claimable(enclave.provider);
  const receipt = writer.write(150);
  await intake().ingest({ signed: receipt.signed, cap: cap(1_000n) });
  await worker().prepare();
  const { publicClient, walletClient } = clientsOf(world.chain, 'gateway gas');
  const taken = await walletClient.sendTransaction({ to: enclave.provider, value: 1n });
  await publicClient.waitForTransactionReceipt({ hash: taken });
  await worker().run();
  await worker().run();
  expect(await intentOf(receipt)).toBe('settled');
  expect((await world.claimable(enclave.provider)) - before).toBe(credit(150n));
});

test('a receipt that the host settled in a newer total before it arrived captures nothing and the books agree', async () => {
  const { writer, cap } = await openedPair();
  const [early, late] = [writer.write(100), writer.write(200)];
  await settleByHost(late, cap(1_000n));
  await refresh();
  const stored = await intake().ingest({ signed: early.signed, cap: cap(1_000n) });
  expect(stored.capturedPicoUsd).toBe(0n);
  await worker().run();
  expect(await intentOf(early)).toBe('settled-elsewhere');
  await ledgerEqualsChain();
});

test('an order for two jobs offered to three homes holds for two', async () => {
  const third = await world.registerEnclave('home c wallet', 23);
  const { order, orderHash } = await world.openOrder({ maxSpendMicroUsd: 2_000n });
  await refresh();
  const holds = backend.app.get(HoldService);
  const commits = new GroupCommit(backend.app.get(Transactions), (tx, requests: readonly HoldRequest[]) =>
    holds.holdAll(tx, requests),
  );
  const hold = (of: RegisteredEnclave, index: number) =>
    commits.submit({
      leaseId: bytes32(`lease of home ${index}`),
      orderHash,
      enclaveKey: of.enclaveKey,
      wantedPicoUsd: 1_000n * micro,
      expiresAtMs: Number(order.validUntilUnixSec) * 1000 - 1,
    });
  const outcomes = await Promise.allSettled([enclave, other, third].map(hold));
  const granted = outcomes.filter(({ status }) => status === 'fulfilled');
  expect(granted).toHaveLength(2);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'insufficient_funds' },
  });
});
