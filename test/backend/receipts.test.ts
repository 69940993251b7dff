import { addressOf, fromHex, type Hex, hashReceipt, rootFromInclusion, toHex } from '@hearth/attestation';
import { AskBook, citedFacts, noFacts, replayClearing } from '@hearth/sdk/market';
import {
  askId,
  type LeaseGrant,
  type LogEntryJson,
  logEntry,
  logLeafHash,
  type ProvenEntry,
  type ReceiptLeaf,
  receiptLeaf,
  receiptProof,
  routes,
  type SignedCap,
  signedReceipt,
  signMessage,
  type ToAgent,
  verifyCheckpoint,
} from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { LogKey } from '../../backend/src/platform/log-key.ts';
import { SettlementWorker } from '../../backend/src/settlement/settlement-worker.ts';
import type { OpenedOrder } from './escrow-world.ts';
import { answerOf, MarketWorld } from './market-world.ts';
import { ReceiptWriter, type WrittenReceipt } from './receipt-writer.ts';
import { ScriptedHome } from './scripted-home.ts';

const micro = 1_000_000n;
let world: MarketWorld;
let home: ScriptedHome;
let other: ScriptedHome;
let order: OpenedOrder;
let grant: LeaseGrant;
let writer: ReceiptWriter;
let paid: Hex;

beforeAll(async () => {
  world = await MarketWorld.start('receipts');
  home = await ScriptedHome.join(world, 'home a wallet', 61);
  other = await ScriptedHome.join(world, 'home b wallet', 62);
  await home.ask();
  await home.countSlots(2, 0);
  await other.ask({ multiplierPpm: 1_200_000 });
  order = await world.openOrder();
  grant = await world.lease(order);
  writer = new ReceiptWriter(world.escrow.domain, order.orderHash, home.enclave);
});

afterAll(async () => {
  await world?.stop();
});

const capOf = (microUsd: bigint) =>
  world.escrow.cap(order.orderHash, home.enclave.enclaveKey, microUsd * micro);
const claimable = () => world.escrow.claimable(home.enclave.provider);

/** What the host sends: the receipt, the cap, and its own leaf about the lease. */
async function deliver(
  { signed, hash }: WrittenReceipt,
  cap: SignedCap,
  { from = home, leaf = {} }: { from?: ScriptedHome; leaf?: Partial<ReceiptLeaf> } = {},
): Promise<ToAgent> {
  const { leaseId, poolId, effectiveAsk, provider } = grant.lease.body;
  const body: ReceiptLeaf = {
    v: 1,
    receiptHash: hash,
    leaseId,
    poolId,
    provider,
    nodeKey: from.nodeKey.publicKey,
    effectiveAsk,
    outcome: signed.receipt.execution.outcome,
    billedTokens: signed.receipt.execution.outputTokens,
    ...leaf,
  };
  from.say({ type: 'receipt', receipt: signed, cap, leaf: signMessage(receiptLeaf, body, from.nodeKey) });
  return from.control.take(
    (message) =>
      (message.type === 'receipt-stored' && message.receiptHash === hash) ||
      (message.type === 'refused' && message.ref === hash),
  );
}

const settled = async () => {
  await world.backend.app.get(SettlementWorker).run();
  await world.refresh();
};

test('receipts that move nothing: forged cap, foreign enclave, other chain, other lease terms, other node', async () => {
  const before = await claimable();
  const { leaseId } = grant.lease.body;
  const receipt = new ReceiptWriter(world.escrow.domain, order.orderHash, home.enclave).write(100, {
    execution: { leaseId },
  });
  const forgedCap = { ...capOf(100n), sessionSignature: receipt.signed.signature };
  const unregistered = {
    ...home.enclave,
    privateKey: new Uint8Array(32).fill(99),
    enclaveKey: addressOf(new Uint8Array(32).fill(99)),
  };
  const stranger = new ReceiptWriter(world.escrow.domain, order.orderHash, unregistered).write(100, {
    execution: { leaseId },
  });
  const elsewhere = new ReceiptWriter(
    { ...world.escrow.domain, chainId: 1 },
    order.orderHash,
    home.enclave,
  ).write(100, {
    execution: { leaseId },
  });
  for (const attempt of [
    () => deliver(receipt, forgedCap),
    () => deliver(stranger, capOf(100n)),
    () => deliver(elsewhere, capOf(100n)),
    () => deliver(receipt, capOf(100n), { leaf: { nodeKey: other.nodeKey.publicKey } }),
    () => deliver(receipt, capOf(100n), { from: other }),
  ])
    expect(await attempt()).toMatchObject({ type: 'refused' });
  for (const leaf of [{ effectiveAsk: 1 }, { poolId: world.modelDigest }])
    expect(await deliver(receipt, capOf(100n), { leaf })).toMatchObject({
      type: 'refused',
      code: 'peer_protocol_violation',
    });
  await settled();
  expect(await claimable()).toBe(before);
  expect((await world.get(routes.receipt(receipt.hash))).status).toBe(404);
});

test('a receipt over the link is stored, paid once however often it comes, and proven end to end', async () => {
  const before = await claimable();
  const { leaseId } = grant.lease.body;
  const receipt = writer.write(200, { execution: { leaseId } });
  for (let i = 0; i < 3; i += 1)
    expect(await deliver(receipt, capOf(200n))).toEqual({
      type: 'receipt-stored',
      receiptHash: receipt.hash,
    });
  await settled();
  await settled();
  expect((await claimable()) - before).toBe(195n); // 200 less 2.5 %

  paid = receipt.hash;
  const proof = await proofOf(paid);
  expect(proof.settlement).toMatchObject({ creditMicroUsd: 195n, feeMicroUsd: 5n });
  expect(hashReceipt(world.escrow.domain, proof.receipt.receipt)).toBe(receipt.hash);
  const checkpoint = verifyCheckpoint(
    proof.log?.checkpoint as string,
    world.backend.app.get(LogKey).publicKey,
  );
  expect(rootOf(proof.log?.receipt)).toBe(checkpoint.root);
  expect(rootOf(proof.auction?.clearing)).toBe(checkpoint.root);
  const { request } = grant.clearing.request;
  const inputs = proof.auction?.inputs ?? [];
  expect(inputs.map(rootOf)).toEqual(inputs.map(() => request.checkpointRoot));
});

test('a buyer hears what became of a job whose answer it broke off, and nobody else does', async () => {
  const { leaseId } = grant.lease.body;
  const { receipt: signed } = await proofOf(paid);
  const { jobId } = signed.receipt.execution;
  const path = routes.jobReceipt(leaseId, jobId);
  const { status, body } = await answerOf(await world.get(path, await world.apiKey()));
  expect([status, z.decode(signedReceipt, body as never)]).toEqual([200, signed]);
  const unknown = routes.jobReceipt(leaseId, `0x${'77'.repeat(32)}`);
  expect((await world.get(unknown, await world.apiKey())).status).toBe(404);
  expect((await world.get(path)).status).toBe(401);
});

test('the proven inputs give the proven clearing again, and changed ones do not', async () => {
  const proof = await proofOf(paid);
  const entries = (proof.auction?.inputs ?? []).map(({ entry }) => z.decode(logEntry, entry as LogEntryJson));
  const clearing = z.decode(logEntry, proof.auction?.clearing.entry as LogEntryJson);
  const card = entries.find((entry) => entry.kind === 'price-card');
  if (clearing.kind !== 'clearing' || card?.kind !== 'price-card')
    throw new Error('the proof lacks its clearing or card');
  const book = new AskBook();
  for (const [place, entry] of entries.entries()) {
    if (entry.kind === 'slot-counter') book.putCounter(place, entry.message.body, entry.atMs);
    if (entry.kind !== 'ask') continue;
    const { platformId, atMs: timestampMs, message } = entry;
    book.putAsk(place, { askId: askId(message.body), ask: message.body, platformId, timestampMs });
  }
  const { modelDigest, class: jobClass } = grant.clearing.request.request;
  const asks = book.asksFor(modelDigest as Hex, jobClass, entries.length);
  expect(asks).toHaveLength(2);
  const cited = {
    asks,
    priceCard: { priceCardHash: grant.clearing.priceCardHash, ...card.message.body },
    ...citedFacts(noFacts, modelDigest as Hex, jobClass, grant.clearing.atMs),
  };
  expect(replayClearing(clearing.clearing, cited)).toEqual([]);
  const without = cited.asks.map((standing) => ({
    ...standing,
    freeSlots: standing.ask.multiplierPpm === 1_000_000 ? 0 : 1,
  }));
  expect(replayClearing(clearing.clearing, { ...cited, asks: without }).map(({ field }) => field)).toContain(
    'ranking',
  );
});

test('a receipt above its cap waits for the buyer and moves nothing', async () => {
  const before = await claimable();
  const receipt = writer.write(300, { execution: { leaseId: grant.lease.body.leaseId } });
  expect((await deliver(receipt, capOf(201n))).type).toBe('receipt-stored');
  await settled();
  expect(await claimable()).toBe(before);
  expect((await deliver(receipt, capOf(500n))).type).toBe('receipt-stored');
  await settled();
  expect((await claimable()) - before).toBeGreaterThan(0n);
});

async function proofOf(receiptHash: Hex) {
  const { body } = await answerOf(await world.get(routes.receipt(receiptHash)));
  return z.decode(receiptProof, body as z.input<typeof receiptProof>);
}

function rootOf(proven: ProvenEntry | undefined): Hex | undefined {
  if (proven === undefined) return undefined;
  const root = rootFromInclusion(
    logLeafHash(proven.entry as LogEntryJson),
    proven.index,
    proven.treeSize,
    proven.path.map(fromHex),
  );
  return root && toHex(root);
}
