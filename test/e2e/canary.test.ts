import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testUnless } from '../environment/skip.ts';
import type { Home } from '../market/home.ts';
import { mixedJobs } from './canary/mixed-jobs.ts';
import { findNeedles, type Needle, needlesOf } from './canary/needles.ts';
import {
  planted,
  plantInDatabase,
  plantInFile,
  plantOverHttp,
  plantOverUnixSocket,
  plantOverWebSocket,
} from './canary/plant.ts';
import { copyMemory, memoryRefusal } from './canary/process-memory.ts';
import { clusterFiles, currentWalFile, databaseDump, filesUnder, pgDump } from './canary/stored-bytes.ts';
import { openWiretappedMarket, type WiretappedMarket } from './canary/wiretapped-market.ts';
import { MARKET_TIMEOUT_MS, MODEL } from './open-market.ts';
import { until } from './until.ts';

const memoryUnreadable = await memoryRefusal();
const externalDatabase = process.env['DATABASE_URL']
  ? 'DATABASE_URL names a server whose files are not ours'
  : undefined;

/** Letters that occur nowhere else. */
const letters = (count: number) =>
  Array.from(randomBytes(count), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
const number = (below: number) => randomBytes(4).readUInt32BE() % below;
const promptCanary = letters(20);
const prompt = `Extract JSON: Meter ${1000 + number(9000)} read ${number(1000) / 10} kWh at ${10 + number(10)}:30.`;

let world: WiretappedMarket;
let home: Home;
let walFile: string;
/** The model turns the prompt's sentence into JSON: words that were in no prompt. */
let outputCanary: string;
let canaries: Needle[];
let inFlight: Record<'gateway' | 'host' | 'enclave' | 'sidecar', Buffer[]>;
let afterwards: Record<'gateway' | 'host' | 'sidecar', Buffer[]>;

beforeAll(async () => {
  world = await openWiretappedMarket({ slots: 4 }); // a lease of each class keeps one for a while
  home = world.market.homes[0] as Home;
  walFile = await currentWalFile(world.market.databaseUrl);
  outputCanary = await contentOf(await complete(256)); // on a lease that has room for the jobs below
  canaries = [...needlesOf('prompt', promptCanary), ...needlesOf('output', outputCanary)];
  for (const send of Object.values(mixedJobs))
    await send(world.openAiUrl, { canary: promptCanary, sentence: prompt }, 0);
  if (memoryUnreadable === undefined) await copyMemories();
}, MARKET_TIMEOUT_MS);

afterAll(async () => {
  await world?.stop();
}, MARKET_TIMEOUT_MS);

function complete(maxTokens: number): Promise<Response> {
  return fetch(`${world.openAiUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      messages: [
        { role: 'system', content: promptCanary },
        { role: 'user', content: prompt },
      ],
      max_tokens: maxTokens,
      temperature: 0,
    }),
  });
}

async function contentOf(response: Response): Promise<string> {
  const body = (await response.json()) as { choices?: { message: { content: string } }[] };
  const content = body.choices?.[0]?.message.content;
  if (content === undefined)
    throw new Error(`the sidecar answered ${response.status}: ${JSON.stringify(body)}`);
  return content;
}

/** Copies while a job is under way everywhere (the enclave and the host are through, the gateway and the buyer wait), and after it. */
async function copyMemories(): Promise<void> {
  const { market, taps, sidecar, events } = world;
  const ended = () => events.filter(({ state }) => state === 'job-ended').length;
  const endedBefore = ended();
  taps.gateway.hold();
  const answer = complete(64);
  await until(
    'the host is through with the job',
    async () => ended(),
    (count) => count > endedBefore,
  );
  inFlight = {
    enclave: await copyMemory(home.enclave.pid),
    host: await copyMemory(home.host.pid),
    gateway: await copyMemory(market.backend().pid),
    sidecar: await copyMemory(sidecar.pid),
  };
  taps.gateway.release();
  expect(await contentOf(await answer)).toBe(outputCanary);
  afterwards = {
    sidecar: await copyMemory(sidecar.pid),
    host: await copyMemory(home.host.pid),
    gateway: await copyMemory(market.backend().pid),
  };
}

/** Which of the canaries were found, in whatever encoding. */
const kindsOf = (found: readonly string[]) => [...new Set(found.map((name) => name.split(',')[0]))];

test('the canaries went in and came out: the buyer’s own loopback carried both', () => {
  expect(outputCanary).toMatch(/^\{"meter": \d+, "kwh": [\d.]+, "time": "\d\d:30"\}$/);
  expect(prompt + promptCanary).not.toContain(outputCanary);
  const found = findNeedles(world.buyerTap.recorded(), canaries);
  expect(found).toEqual(['prompt, utf-8', 'output, json-escaped, utf-8']);
});

test('no socket carried a canary: buyer and gateway, gateway and agent, all and the chain, gateway and database, host and enclave', () => {
  for (const [name, tap] of Object.entries(world.taps)) {
    const recorded = tap.recorded();
    const compressed = /^(content-encoding|sec-websocket-extensions):.*$/im; // the search would be blind
    const isCompressed = recorded.some((bytes) => compressed.test(bytes.toString('latin1')));
    expect({ name, isCompressed, found: findNeedles(recorded, canaries) }).toEqual({
      name,
      isCompressed: false,
      found: [],
    });
    expect(Buffer.concat(recorded).length).toBeGreaterThan(10_000);
  }
});

test('no table has a canary, the queue’s included', async () => {
  const { tables, text } = await databaseDump(world.market.databaseUrl);
  expect(tables).toEqual(
    expect.arrayContaining(['bullmq.job', 'public.receipt', 'public.settlement_intent']),
  );
  const dumped = await pgDump(world.market.databaseUrl);
  expect(findNeedles(dumped ? [text, dumped] : [text], canaries)).toEqual([]);
});

testUnless(externalDatabase)(
  'no file of the database on disk has a canary, the write-ahead log included',
  async () => {
    const files = await clusterFiles(world.market.databaseUrl, walFile);
    expect([...files.keys()].some((path) => path.includes('/pg_wal/'))).toBe(true);
    expect(findNeedles(files.values(), canaries)).toEqual([]);
  },
);

test('no log, no journal, no state of the host or the buyer and no event of the host has a canary', async () => {
  const { market, events } = world;
  const files = await filesUnder(market.dir);
  const names = [...files.keys()].map((path) => path.slice(market.dir.length + 1));
  const written = [
    'gateway.log',
    'home-a-host.log',
    'home-a-enclave.log',
    'sidecar.log',
    'home-a/data/journal.ndjson',
  ];
  expect(names).toEqual(expect.arrayContaining(written));
  expect(findNeedles([...files.values(), Buffer.from(JSON.stringify(events))], canaries)).toEqual([]);
});

testUnless(memoryUnreadable)('gateway and host have no canary in memory, during a job and after it', () => {
  for (const { gateway, host } of [inFlight, afterwards]) {
    expect(findNeedles(gateway, canaries)).toEqual([]);
    expect(findNeedles(host, canaries)).toEqual([]);
    const order = needlesOf('order', world.orderHash); // what they do work with is found
    expect(kindsOf(findNeedles(gateway, order))).toEqual(['order']);
    expect(kindsOf(findNeedles(host, order))).toEqual(['order']);
  }
});

testUnless(memoryUnreadable)(
  'the same scan finds the canaries in the memory of the enclave and of the buyer',
  () => {
    expect(kindsOf(findNeedles(inFlight.enclave, canaries))).toEqual(['prompt', 'output']);
    expect(kindsOf(findNeedles(inFlight.sidecar, canaries))).toEqual(['prompt', 'output']); // this output is of the jobs before
    expect(kindsOf(findNeedles(afterwards.sidecar, canaries))).toEqual(['prompt', 'output']);
  },
);

test('every search finds a text that is planted, in each encoding', async () => {
  const { market, taps } = world;
  const all = (needles: readonly Needle[]) => needles.map(({ name }) => name);
  const somethingNew = () => planted(`${letters(12)} "${letters(12)}"`); // every escaped form differs from the plain one
  const tapped = somethingNew();
  await plantOverHttp(`${market.gatewayUrl}/v1/jobs`, tapped.leak);
  await plantOverHttp(market.chain.rpcUrl, tapped.leak);
  await plantOverUnixSocket(world.enclaveSocket, tapped.leak);
  for (const tap of [taps.gateway, taps.chain, taps.enclave])
    expect(findNeedles(tap.recorded(), tapped.needles)).toEqual(all(tapped.needles));

  const masked = somethingNew();
  await plantOverWebSocket(`${market.gatewayUrl}/v1/agents`, masked.leak);
  expect(findNeedles(taps.gateway.recorded(), masked.needles)).toEqual(all(masked.needles));

  const stored = somethingNew();
  await plantInDatabase(world.databaseUrl, stored, async () => {
    const { text } = await databaseDump(market.databaseUrl);
    const asText = stored.needles.filter(({ bytes }) => !bytes.includes(0)); // a text column takes no zero bytes
    expect(findNeedles([text], stored.needles)).toEqual(all(asText));
    const dumped = await pgDump(market.databaseUrl);
    if (dumped) expect(findNeedles([dumped], stored.needles)).toContain('planted, utf-8');
  });
  expect(findNeedles([(await databaseDump(market.databaseUrl)).text], stored.needles)).toEqual([]);
  expect(findNeedles(taps.database.recorded(), stored.needles)).toEqual(all(stored.needles));

  const written = somethingNew();
  await plantInFile(home.dataDir, written.leak);
  expect(findNeedles((await filesUnder(market.dir)).values(), written.needles)).toEqual(all(written.needles));
});
