import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outcomes } from '@hearth/sdk/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FakeTime } from '../../host/testing/fake-time.ts';
import { energyConfig } from '../config/energy-config.ts';
import { parseIntervalLog } from '../evidence/interval-log.ts';
import type { EnergyWord, NodePower, SalesPlan } from '../node-power.ts';
import type { EarnedMoney } from '../notices/payout-watch.ts';
import type { ShadowReport } from '../snapshot.ts';
import { openEnergy } from './open-energy.ts';

const START_MS = Date.UTC(2026, 5, 1, 10);
const MINUTE_MS = 60_000;
const WEIGHTS = 'ab'.repeat(32);
const point = (slots: number, watts: number) => ({
  ...{ slots, watts, tokensPerSecond: 50 * slots, inputTokensPerSecond: 500 * slots },
  ...{ joulesPerOutputToken: 4, joulesPerInputToken: 0.4 },
});
const config = (over: object = {}) =>
  energyConfig.parse({
    timeZone: 'Europe/Berlin',
    node: { idleWatts: 40, points: [point(2, 300), point(1, 200)] },
    ...over,
  });

class RecordingNode implements NodePower {
  readonly calls: string[] = [];
  runningJobs = 0;
  isPaused = false;
  slots = 9;
  limitSlots = (slots: number) => {
    this.slots = slots;
    this.calls.push(`slots ${slots}`);
  };
  setPaused = (reason: string, isPaused: boolean) => {
    if (reason === 'energy') this.isPaused = isPaused;
    this.calls.push(`${reason} ${isPaused}`);
  };
  stopJobs = () => {
    this.runningJobs = 0;
    this.calls.push('stop');
  };
  readonly plans: SalesPlan[] = [];
  planSales = (plan: SalesPlan) => this.plans.push(plan);
  reprice = (ppm: number) => this.calls.push(`reprice ${ppm}`);
  readonly words: EnergyWord[] = [];
  declareEnergy = (word: EnergyWord) => this.words.push(word);
  load = () => ({ isReady: true, runningJobs: this.runningJobs, slots: this.slots });
  card = () => ({ input: 100_000, output: 400_000 });
  isClockSynced = () => true;
}

let dataDir: string;
let time: FakeTime;
let node: RecordingNode;
let stop: AbortController;
let running: Promise<void>;
let earned: EarnedMoney | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hearth-energy-'));
  time = new FakeTime(START_MS);
  node = new RecordingNode();
  stop = new AbortController();
  earned = undefined;
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(dataDir, { recursive: true });
});

async function start(over: object = {}) {
  const random = { fraction: () => 0 };
  const reports: string[] = [];
  const ports = {
    node,
    dataDir,
    earnedTodayUsd: () => 0,
    earned: () => earned,
    ownersPage: undefined,
    weightsSha256: WEIGHTS,
    clock: time,
    timers: time,
    random,
  };
  const service = await openEnergy(config(over), { ...ports, report: (text) => reports.push(text) });
  running = service.run(stop.signal);
  return { service, reports };
}
/** Cycles run as they would: each after what the one before has set off. */
async function live(ms: number) {
  for (let passedMs = 0; passedMs < ms; passedMs += 5_000) {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    time.advance(5_000);
  }
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test('E14: now: opens the node, gives it more slots step by step, and asks what its energy costs', async () => {
  const { service, reports } = await start();
  await live(MINUTE_MS);
  expect([node.isPaused, node.slots]).toEqual([false, 2]);
  // 4 J · 0.3 / 3.6 = 0.333 USD per million; a fifth on top, 5 % fee: 0.42 of a card of 0.4, and 1 % steps
  expect(service.snapshot().ask).toMatchObject({ outputMicroUsdPerMTok: expect.closeTo(425_000, -4) });
  expect(service.snapshot()).toMatchObject({
    state: 'run',
    reason: { code: 'running_now' },
    prices: { costPerKwh: 0.3 },
  });
  expect(reports).toContain('run: running because you said so');
});

test('E14: off closes the node before anything can be sold, and ends what runs after its time', async () => {
  const { service } = await start({ wishes: { mode: 'off' } });
  expect(node.isPaused).toBe(true);
  await service.wish({ mode: 'now' });
  await live(MINUTE_MS);
  node.runningJobs = 1;
  await service.wish({ mode: 'off' });
  await live(30_000);
  expect([node.isPaused, node.runningJobs]).toEqual([true, 1]);
  await live(MINUTE_MS);
  expect(node.runningJobs).toBe(0);
});

test('E10: a circuit whose meter was never heard leaves nothing, and says so', async () => {
  const circuits = [{ id: 'study', breakerAmps: 16, measuredBy: 'meter' }];
  const { service } = await start({ site: { circuits } });
  await live(MINUTE_MS);
  expect(node.isPaused).toBe(true);
  expect(service.snapshot()).toMatchObject({
    state: 'blocked',
    reason: { code: 'circuit_meter_unknown', subject: 'study' },
    headrooms: [{ id: 'study', limitW: 2_944, headroomW: undefined }],
  });
});

test('a wish outlives the process', async () => {
  const { service } = await start();
  const quietHours = [{ fromMinute: 0, toMinute: 60, capW: 0 }];
  await service.wish({ mode: 'solar', reservePercent: 40, quietHours });
  await expect(service.wish({ reservePercent: 400 })).rejects.toThrow(/reservePercent/);
  stop.abort();
  await running;
  stop = new AbortController();
  const again = await start();
  expect(again.service.snapshot().wishes).toMatchObject({ mode: 'solar', reservePercent: 40, quietHours });
});

test('E24: a shadow run decides and reports, and does nothing to the node', async () => {
  const { service } = await start({ isShadow: true });
  await live(2 * MINUTE_MS);
  expect(service.snapshot()).toMatchObject({ state: 'run', isShadow: true, point: { slots: 2 } });
  expect(service.snapshot().today.nodeWh).toBeGreaterThan(0);
  expect(node.calls).toEqual([]);
});

test('E24: a shadow run says what the node would have done, drawn, cost and made at most, over a restart', async () => {
  await start({ isShadow: true });
  await live(30 * MINUTE_MS);
  stop.abort();
  await running;
  stop = new AbortController();
  const { service } = await start({ isShadow: true });
  await live(30 * MINUTE_MS);
  const { fromMs, hoursAtWork, starts, nodeKwh, energyCost, outputTokens, mostUsd } = service.snapshot()
    .wouldHave as ShadowReport;
  expect([fromMs, starts]).toEqual([START_MS, 2]);
  expect(hoursAtWork).toBeCloseTo(1, 1);
  expect(nodeKwh).toBeCloseTo(0.3, 2);
  expect(energyCost).toBeCloseTo(0.3 * nodeKwh, 6);
  expect(outputTokens / (hoursAtWork * 3_600)).toBeGreaterThan(95);
  // 4 J · 0.3 / 3.6 a token's million, a fifth on top; the fee is in the ask.
  expect((mostUsd / outputTokens) * 1e6).toBeCloseTo(((4 * 0.3) / 3.6) * 1.2, 2);
  expect(node.calls).toEqual([]);
});

test('a policy that is in force has nothing that it would have done', async () => {
  const { service } = await start();
  expect(service.snapshot().wouldHave).toBeUndefined();
});

const work = { inputTokens: 100, cachedInputTokens: 0, outputTokens: 50, isOfPoints: true };
const estimated = (milliJoules: number) => ({
  ...work,
  energyMilliJoules: BigInt(milliJoules),
  energyBasis: 2,
});

test('E20: every quarter of an hour leaves a record whose parts sum to the whole', async () => {
  const { service } = await start();
  await live(10 * MINUTE_MS);
  service.receipt({ jobId: '0xaa', ...estimated(900_000), outcome: outcomes.interim });
  service.receipt({ jobId: '0xaa', ...estimated(1_000_000), outcome: outcomes.stop });
  service.receipt({ jobId: '0xbb', ...estimated(250_000), outcome: outcomes.stop });
  service.receipt({ jobId: '0xcc', ...work, energyMilliJoules: 0n, energyBasis: 0, outcome: outcomes.stop });
  node.runningJobs = 2;
  await live(25 * MINUTE_MS);
  stop.abort();
  await running;
  const { records, findings } = parseIntervalLog(readFileSync(join(dataDir, 'energy.ndjson'), 'utf8'));
  expect(findings).toEqual([]);
  expect(records).toHaveLength(3);
  expect(records[0]).toMatchObject({
    startMs: START_MS,
    nodeEnergy: { basis: 'estimated', scope: 'setpoint', attested: false },
    jobs: [
      { jobId: '0xaa', milliJoules: 1_000_000 },
      { jobId: '0xbb', milliJoules: 250_000 },
    ],
    cost: { currency: 'EUR' },
  });
  // A quarter of an hour at 300 W.
  expect(records[1]?.nodeEnergy.milliJoules).toBe(300 * 900 * 1_000);
});

test('E20: without a meter the enclave hears nothing, and receipts carry basis none', async () => {
  await start();
  await live(MINUTE_MS);
  expect(node.words).toEqual([]);
});

test('E20: what the enclave is told sums to the work of the record, and signed readings are in it', async () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const payload = (page: number) =>
    `{"FV":"1.0","PG":"T${page}","RD":[{"TM":"2026-06-01T10:00:00,000+0000 S","RV":1.5,"RU":"kWh","ST":"G"}]}`;
  const signed: string[] = [];
  const meter = createServer((request, response) => {
    if (request.url !== '/ocmf') return response.end('{"apower":250.25}');
    const text = payload(signed.length + 1);
    signed.push(
      `OCMF|${text}|{"SD":"${sign('sha256', Buffer.from(text), keys.privateKey).toString('hex')}"}`,
    );
    return response.end(signed.at(-1));
  }).listen(0, '127.0.0.1');
  await once(meter, 'listening');
  const host = `127.0.0.1:${(meter.address() as AddressInfo).port}`;
  const publicKeyHex = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('hex');
  const { service } = await start({
    sources: [
      { type: 'shelly-plug', host },
      { type: 'signed-meter', url: `http://${host}/ocmf`, publicKeyHex, everyMs: 1_000 },
    ],
  });
  // The second page is asked for once the first has been taken.
  while (service.snapshot().signals.nodeW?.value !== 250.25 || signed.length < 2) {
    time.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await live(15_000);
  expect(service.snapshot().nodeMeter).toEqual({ source: 'shelly-plug 1', scope: 'wall' });
  stop.abort();
  await running;
  meter.closeAllConnections();
  meter.close();
  const { records, findings } = parseIntervalLog(readFileSync(join(dataDir, 'energy.ndjson'), 'utf8'));
  expect(findings).toEqual([]);
  const [record] = records;
  const attached = record?.signedReadings ?? [];
  expect(attached.length).toBeGreaterThan(0);
  expect(attached).toEqual(signed.slice(0, attached.length));
  const work = node.words.reduce((sum, { workMilliJoules }) => sum + workMilliJoules, 0);
  expect(node.words.length).toBeGreaterThan(1);
  expect(node.words[0]).toMatchObject({ inputMicroJoules: 400_000, outputMicroJoules: 4_000_000 });
  expect(work).toBe(record?.unallocatedMilliJoules);
});

test('E21: the electricity of the month and of the day go on over a restart', async () => {
  const first = await start();
  node.runningJobs = 2;
  await live(40 * MINUTE_MS);
  stop.abort();
  await running;
  const before = first.service.snapshot();
  expect(before.month.energyCost).toBeGreaterThan(0);
  stop = new AbortController();
  const { service } = await start();
  const { month, today } = service.snapshot();
  expect(month.nodeWh).toBeCloseTo(before.month.nodeWh, 3);
  expect(today).toMatchObject({ energyCost: expect.closeTo(before.today.energyCost, 9) });
});

test('E22: money that the chain has paid is a notice, once, also over a restart', async () => {
  const codes = async ({ service }: Awaited<ReturnType<typeof start>>) => {
    await live(MINUTE_MS);
    stop.abort();
    await running;
    return service.snapshot().notices.map(({ code }) => code);
  };
  earned = { paidMicroUsd: 0n, pendingMicroUsd: 900n };
  expect(await codes(await start())).toEqual([]);
  stop = new AbortController();
  earned = { paidMicroUsd: 800n, pendingMicroUsd: 100n };
  expect(await codes(await start())).toEqual(['money_paid']);
  stop = new AbortController();
  expect(await codes(await start())).toEqual([]);
});

/** A home that has been watched: 300 W at any time, and no sun. */
const watched = JSON.stringify({
  rest: Array.from({ length: 7 * 96 }, (_, cell) => [cell, 300, 1]),
  solar: { said: 0, came: 0, ratios: [], days: Array.from({ length: 96 }, (_, quarter) => [quarter, [0]]) },
  score: [],
});

test('E18: planned runs are told to the node each minute; quiet hours and off are not for sale', async () => {
  writeFileSync(join(dataDir, 'energy-forecast.json'), watched);
  const quietHours = [{ from: '22:00', to: '06:00', capWatts: 100 }];
  const { service } = await start({ wishes: { quietHours } });
  await live(2 * MINUTE_MS);
  const midnightMs = Date.UTC(2026, 5, 1, 22); // 00:00 in Berlin
  const at = (hours: number) => midnightMs + hours * 3_600_000;
  const { knownUntilMs, sales } = node.plans.at(-1) as SalesPlan;
  expect(knownUntilMs).toBe(START_MS + 36 * 3_600_000);
  expect(sales).toMatchObject([
    { startMs: START_MS, endMs: at(-2), slots: 2, outputTokensP10: 100 * 10 * 3_600 },
    { startMs: at(6), endMs: at(22), slots: 2, outputTokensP50: 100 * 16 * 3_600 },
  ]);
  expect(sales[0]?.multiplierPpm).toBe(service.snapshot().ask?.multiplierPpm);
  await service.wish({ mode: 'off' });
  expect(node.plans.at(-1)?.sales).toEqual([]);
});

test('E18: an owner who does not want the market to know tells it nothing', async () => {
  writeFileSync(join(dataDir, 'energy-forecast.json'), watched);
  await start({ offersWindows: false });
  await live(2 * MINUTE_MS);
  expect(node.plans).toEqual([]);
});
