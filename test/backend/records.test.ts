import {
  AskBook,
  closePeriod,
  foldFacts,
  noFacts,
  PeriodTally,
  poolMembers,
  windowsOf,
} from '@hearth/sdk/market';
import {
  askId,
  assertMessageSignedBy,
  type LeaseGrant,
  type LogEntry,
  logEntry,
  nodeOutcomes,
  receiptLeaf,
  routes,
  type SignedCap,
  type Standing,
  signMessage,
  standing,
} from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { NodeStandings } from '../../backend/src/auction/node-standings.ts';
import { Checkpoints } from '../../backend/src/log/checkpoints.ts';
import { LogJournal } from '../../backend/src/log/log-journal.ts';
import { TransparencyLog } from '../../backend/src/log/transparency-log.ts';
import { LogKey } from '../../backend/src/platform/log-key.ts';
import { Transactions } from '../../backend/src/platform/transactions.ts';
import { MarketRecorder } from '../../backend/src/records/market-recorder.ts';
import { fetchModels, fetchSales } from '../../provider-agent/src/host/link/fetch-sales.ts';
import type { OpenedOrder } from './escrow-world.ts';
import { answerOf, MarketWorld } from './market-world.ts';
import { auditOf } from './public-audit.ts';
import { ReceiptWriter } from './receipt-writer.ts';
import { ScriptedHome } from './scripted-home.ts';

const PERIOD_MS = 60_000;
let world: MarketWorld;
let home: ScriptedHome;
let order: OpenedOrder;
let grant: LeaseGrant;
let writer: ReceiptWriter;

beforeAll(async () => {
  world = await MarketWorld.start('records', { QUALITY_PERIOD_MS: `${PERIOD_MS}` });
  home = await ScriptedHome.join(world, 'home a wallet', 71);
  await home.ask();
  order = await world.openOrder();
  grant = await world.lease(order);
  writer = new ReceiptWriter(world.escrow.domain, order.orderHash, home.enclave);
});
afterAll(() => world?.stop());

const record = () => world.backend.app.get(MarketRecorder).record();
const passMs = (ms: number) => world.clock.passTo(world.clock.nowMs() + ms);

/** The whole log as anyone may read it. */
async function readLog(): Promise<LogEntry[]> {
  const { body } = await answerOf(await world.get(`${routes.logEntries}?start=0&end=1000`));
  return (body as { entries: z.input<typeof logEntry>[] }).entries.map((json) => z.decode(logEntry, json));
}
const ofKind = <Kind extends LogEntry['kind']>(log: readonly LogEntry[], kind: Kind) =>
  log.filter((entry): entry is Extract<LogEntry, { kind: Kind }> => entry.kind === kind);

async function deliver(tokens: number, leaseId = grant.lease.body.leaseId): Promise<void> {
  const { signed, hash } = writer.write(tokens, { execution: { leaseId } });
  const { poolId, effectiveAsk, provider } = grant.lease.body;
  const leaf = {
    v: 1 as const,
    receiptHash: hash,
    leaseId,
    poolId,
    provider,
    nodeKey: home.nodeKey.publicKey,
    effectiveAsk,
    outcome: signed.receipt.execution.outcome,
    billedTokens: tokens,
  };
  const cap: SignedCap = world.escrow.cap(order.orderHash, home.enclave.enclaveKey, 100_000n);
  home.say({ type: 'receipt', receipt: signed, cap, leaf: signMessage(receiptLeaf, leaf, home.nodeKey) });
  await home.control.take((message) => message.type === 'receipt-stored' && message.receiptHash === hash);
}

/** A lease that no auction sold: its receipts are logged and count for nothing. */
const UNSOLD = `0x${'99'.repeat(32)}` as const;
const isSold = (entry: LogEntry) => entry.kind !== 'receipt' || entry.message.body.leaseId !== UNSOLD;

/** What an auditor computes from the log's own entries before `index`. */
function recompute(log: readonly LogEntry[], index: number) {
  const table = log[index];
  if (table?.kind !== 'quality') throw new Error(`entry ${index}: expected a table`);
  const { fromIndex, toIndex } = table.quality;
  const book = new AskBook();
  const nodes = new Map<string, { platformId: `0x${string}`; provider: `0x${string}` }>();
  const sellers = new Map<string, `0x${string}`>();
  let facts = noFacts;
  for (const [i, entry] of log.slice(0, toIndex).entries()) {
    facts = foldFacts(facts, entry, i);
    if (entry.kind === 'slot-counter') book.putCounter(i, entry.message.body, entry.atMs);
    if (entry.kind !== 'ask') continue;
    const { body } = entry.message;
    const { platformId, atMs: timestampMs } = entry;
    book.putAsk(i, { askId: askId(body), ask: body, platformId, timestampMs });
    nodes.set(body.nodeKey, { platformId, provider: body.provider });
    sellers.set(askId(body), body.nodeKey);
  }
  const tally = new PeriodTally((id) => sellers.get(id));
  for (const entry of log.slice(fromIndex, toIndex).filter(isSold)) tally.add(entry);
  const { poolsOf, membersOf } = poolMembers(book.asksFor(world.modelDigest, 0, toIndex), table.atMs);
  return closePeriod({
    facts,
    toIndex,
    atMs: table.atMs,
    tally,
    placeOf: (nodeKey) => {
      const place = nodes.get(nodeKey);
      return place && { ...place, pools: poolsOf(nodeKey) };
    },
    membersOf,
  });
}

test('a closed window is logged once, as anyone computes it from the receipts in the log', async () => {
  await Promise.all([10, 20, 30].map((tokens) => deliver(tokens)));
  await deliver(40, UNSOLD);
  passMs(6_000);
  await record();
  await record();
  const log = await readLog();
  const logged = ofKind(log, 'window');
  expect(log.filter((entry) => !isSold(entry))).toHaveLength(1);
  const leaves = log.flatMap((entry, index) =>
    entry.kind === 'receipt' && isSold(entry) ? [{ index, atMs: entry.atMs, leaf: entry.message.body }] : [],
  );
  expect(logged.map(({ window }) => window)).toEqual(windowsOf(leaves, 0, logged.at(-1)?.window.toMs ?? 0));
  const sellers = logged.flatMap(({ window }) => window.providers); // one, or one twice: two windows may share the three
  expect(new Set(sellers.map(({ provider }) => provider))).toEqual(new Set([home.enclave.provider]));
  expect(sellers.reduce((sum, { receipts }) => sum + receipts, 0)).toBe(3);
});

test('a table once a period, with the record that the log’s leaves give, and the next clearing reads it', async () => {
  await record();
  expect(ofKind(await readLog(), 'quality')).toEqual([]); // the first receipt is younger than a period
  passMs(PERIOD_MS);
  await record();
  await record();
  const log = await readLog();
  expect(ofKind(log, 'quality')).toHaveLength(1);
  const index = log.findIndex(({ kind }) => kind === 'quality');
  const table = log[index];
  expect(table?.kind === 'quality' && table.quality).toEqual(recompute(log, index).quality);
  const { platforms } = ofKind(log, 'quality')[0]?.quality ?? {};
  expect(platforms).toEqual([expect.objectContaining({ receipts: 3, doneMilli: 3_000, missedMilli: 0 })]);

  await world.passBlock();
  const { clearing } = await world.lease(order);
  expect(clearing.winner.effectiveAsk).toBe(
    Math.ceil((clearing.winner.multiplierPpm * 1_000_000) / (platforms?.[0]?.qualityPpm ?? 0)),
  );
});

test('refusals and aborts are logged as the node signed them, and a table counts them', async () => {
  home.onOffer = () => 'reject';
  expect((await world.requestLease(order)).status).toBe(503);
  home.onOffer = () => 'accept';
  const sold = await world.lease(order);
  home.abort(sold.lease.body.leaseId);
  home.abort(sold.lease.body.leaseId); // refused, because the first one was taken
  await home.control.take(({ type }) => type === 'refused');
  await world.backend.app.get(LogJournal).flush();
  passMs(PERIOD_MS);
  await record();
  const log = await readLog();
  expect(ofKind(log, 'reject').map(({ message }) => message.body.reason)).toEqual(['slots_full']);
  expect(ofKind(log, 'abort').map(({ message }) => message.body.leaseId)).toEqual([sold.lease.body.leaseId]);
  const index = log.findLastIndex(({ kind }) => kind === 'quality');
  const table = log[index];
  expect(table?.kind === 'quality' && table.quality).toEqual(recompute(log, index).quality);
  expect(table?.kind === 'quality' && table.quality.nodes).toEqual([
    expect.objectContaining({ nodeKey: home.nodeKey.publicKey, slotLimit: null }),
  ]);
});

test('a node reads what the clearings meant for it: won, outbid and by how much, refused and why', async () => {
  const dear = await ScriptedHome.join(world, 'home b wallet', 72);
  const { answer } = await dear.ask({ multiplierPpm: 1_500_000 });
  expect(answer.type).toBe('promise');
  await world.passBlock();
  const outcomesOf = async ({ nodeKey }: ScriptedHome) => {
    const period = `from=0&to=${world.clock.nowMs()}`;
    const { body } = await answerOf(await world.get(`${routes.nodeOutcomes(nodeKey.publicKey)}?${period}`));
    return z.decode(nodeOutcomes, body as z.input<typeof nodeOutcomes>);
  };
  const before = await outcomesOf(home);
  const { clearing } = await world.lease(order);
  const [cheapest, outbid] = [await outcomesOf(home), await outcomesOf(dear)];
  expect(cheapest).toMatchObject({ won: before.won + 1, clearings: before.clearings + 1, isComplete: true });
  expect(cheapest.asks).toEqual([expect.objectContaining({ rank: 1, nodes: 2, isPaused: false })]);
  expect(outbid).toMatchObject({ won: 0, outbid: 1, withoutAsk: before.clearings, refused: {} });
  expect(outbid.asks).toEqual([expect.objectContaining({ rank: 2, nodes: 2, qualityPpm: 886_000 })]);
  // One ppm of effective ask below the winner: asking that would have won.
  const { oneOfThem } = outbid.winningPpm ?? { oneOfThem: 0 };
  expect(Math.ceil((oneOfThem * 1_000_000) / 886_000)).toBeLessThan(clearing.winner.effectiveAsk);
  expect(Math.ceil(((oneOfThem + 1) * 1_000_000) / 886_000)).toBeGreaterThanOrEqual(
    clearing.winner.effectiveAsk,
  );

  const unknown = await answerOf(
    await world.get(`${routes.nodeOutcomes(`0x${'77'.repeat(32)}`)}?from=0&to=1`),
  );
  expect(unknown).toMatchObject({ status: 404 });
});

test('E17: a preview reads what was sold from the public log alone', async () => {
  await world.backend.app.get(Checkpoints).sign(); // a preview reads as far as the newest one
  const sold = ofKind(await readLog(), 'clearing').map(({ clearing }) => clearing);
  const modelDigest = sold.at(-1)?.request.request.modelDigest as `0x${string}`;
  const gateways = ['http://127.0.0.1:1', world.url]; // one that is away, and the market
  const { sales, isComplete } = await fetchSales(gateways, modelDigest, 0);
  expect(isComplete).toBe(true);
  expect(sales).toEqual(
    sold
      .toReversed()
      .map(({ winner }) => ({ atMs: expect.any(Number), effectiveAskPpm: Number(winner.effectiveAsk) })),
  );
  const newest = sales[0]?.atMs ?? 0;
  expect((await fetchSales([world.url], modelDigest, newest + 1)).sales).toEqual([]);
  expect((await fetchSales([world.url], `0x${'77'.repeat(32)}`, 0)).sales).toEqual([]);
  await expect(fetchSales(['http://127.0.0.1:1'], modelDigest, 0)).rejects.toThrow('no gateway answered');
  expect((await fetchModels([world.url])).map((model) => model.modelDigest)).toContain(modelDigest);
});

test('after a restart the records go on where the log ends', async () => {
  const before = (await readLog()).filter(({ kind }) => kind === 'window' || kind === 'quality').length;
  await world.stopBackend();
  await world.startBackend();
  await record();
  passMs(PERIOD_MS);
  await record();
  const log = await readLog();
  const after = log.filter(({ kind }) => kind === 'window' || kind === 'quality');
  expect(after.length).toBeGreaterThanOrEqual(before);
  for (const [index, entry] of log.entries())
    if (entry.kind === 'quality') expect(entry.quality).toEqual(recompute(log, index).quality);
  const counted = ofKind(log, 'window').flatMap(({ window }) =>
    window.providers.map(({ receipts }) => receipts),
  );
  expect(counted.reduce((sum, receipts) => sum + receipts, 0)).toBe(
    ofKind(log.filter(isSold), 'receipt').length,
  );
});

test('hearth audit replay, over public HTTP alone, finds nothing wrong with any of it', async () => {
  const found = await auditOf(world, [home]);
  expect(found.defects).toEqual([]);
  const clearings = ofKind(await readLog(), 'clearing').length;
  expect(clearings).toBeGreaterThan(2);
  expect(found).toMatchObject({ clearings, receiptsWithoutLease: 1 });
  expect(found.windows).toBeGreaterThan(0);
  expect(found.tables).toBeGreaterThan(1);
});

test('a node hears live what the market holds against it, signed, and when that is over', async () => {
  const { app } = world.backend;
  const standings = app.get(NodeStandings);
  const untilMs = world.clock.nowMs() + 60_000;
  const heard = async (wanted: (told: Standing) => boolean) => {
    const said = await home.control.take(
      (message) => message.type === 'standing' && wanted(message.message.body),
    );
    if (said.type !== 'standing') throw new Error('unreachable');
    assertMessageSignedBy(standing, said.message, app.get(LogKey).publicKey);
    return said.message.body.limits;
  };
  await home.connect();
  const { publicKey: nodeKey } = home.nodeKey;
  const ejection = { v: 1 as const, nodeKey, reason: 'aborted' as const, missed: 3, trials: 4, untilMs };
  const entry = { kind: 'ejection' as const, atMs: world.clock.nowMs(), ejection };
  const log = app.get(TransparencyLog);
  const [logged] = await app.get(Transactions).run((tx) => log.append(tx, [entry]));
  await standings.tellNews();
  await standings.tellNews(); // no news
  passMs(60_000);
  await standings.tellNews();
  expect(await heard(({ limits }) => limits.length > 0)).toEqual([
    { reason: 'ejected', cause: 'aborted', missed: 3, trials: 4, untilMs, logIndex: logged?.index },
  ]);
  expect(await heard(({ atMs }) => atMs >= untilMs)).toEqual([]);
  const told = home.control.seen.filter(
    (message) => message.type === 'standing' && message.message.body.limits.length > 0,
  );
  expect(told).toHaveLength(1);
});
