import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cosignaturesOf,
  ed25519Key,
  type LogEntryJson,
  type LogFork,
  signCheckpoint,
  verifyCheckpoint,
  verifyLogFork,
} from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Checkpoints } from '../../backend/src/log/checkpoints.ts';
import { LogProofs } from '../../backend/src/log/log-proofs.ts';
import { LogRoots } from '../../backend/src/log/log-roots.ts';
import { LogTail } from '../../backend/src/log/log-tail.ts';
import { NodeStore } from '../../backend/src/log/node-store.ts';
import { TransparencyLog } from '../../backend/src/log/transparency-log.ts';
import { Witnesses } from '../../backend/src/log/witnesses.ts';
import { BeaconSource } from '../../backend/src/platform/beacon-source.ts';
import { SystemClock } from '../../backend/src/platform/clock.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { LogKey } from '../../backend/src/platform/log-key.ts';
import { Loops } from '../../backend/src/platform/loops.ts';
import { Metrics } from '../../backend/src/platform/metrics.ts';
import { Readiness } from '../../backend/src/platform/readiness.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { Witness, type WitnessAnswer } from '../../sdk/src/witness/witness.ts';
import { WitnessMemory } from '../../sdk/src/witness/witness-memory.ts';
import { serveWitness, type WitnessServer } from '../../sdk/src/witness/witness-server.ts';
import { type MigratedDatabase, startMigratedDatabase } from './database.ts';

const directory = mkdtempSync(join(tmpdir(), 'hearth-witness-'));
const address = `0x${'ab'.repeat(20)}`;
const keys = [ed25519Key(new Uint8Array(32).fill(7)), ed25519Key(new Uint8Array(32).fill(8))] as const;
const names = ['w.example/0', 'w.example/1'] as const;
const trusted = names.map((name, i) => ({ name, publicKey: (keys[i] as (typeof keys)[number]).publicKey }));

let database: MigratedDatabase;
let log: TransparencyLog;
let checkpoints: Checkpoints;
let proofs: LogProofs;
let logKey: LogKey;
const servers: WitnessServer[] = [];
const answers: WitnessAnswer[] = [];

beforeAll(async () => {
  database = await startMigratedDatabase('witness');
  const { dataSource, chain } = database;
  const nodes = new NodeStore(chain);
  const beacons = new BeaconSource(new SystemClock());
  beacons.see({ blockNumber: 9, blockHash: `0x${'09'.repeat(32)}`, timestampMs: 4_000 });
  logKey = new LogKey(configOf(join(directory, 'none.json')));
  log = new TransparencyLog(chain, nodes, new LogTail(chain));
  proofs = new LogProofs(dataSource, chain, nodes);
  const metrics = new Metrics();
  const quiet = new StructuredLog('error');
  checkpoints = new Checkpoints(
    dataSource,
    chain,
    nodes,
    new LogRoots(dataSource, chain, nodes, new Readiness(), quiet, metrics),
    beacons,
    logKey,
    new SystemClock(),
    metrics,
    new Loops(new SystemClock(), quiet),
  );
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await database?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function configOf(witnessesFile: string) {
  return loadConfig({
    DATABASE_URL: 'postgresql://unused/unused',
    RPC_URL: 'http://unused',
    CHAIN_ID: '1',
    TOKEN: address,
    REGISTRY: address,
    SETTLEMENT: address,
    OPERATOR_PRIVATE_KEY: '01'.repeat(32),
    LOG_PRIVATE_KEY: '02'.repeat(32),
    WITNESSES_FILE: witnessesFile,
  });
}

async function startWitness(i: 0 | 1): Promise<WitnessServer> {
  const { name } = trusted[i] as (typeof trusted)[number];
  const logs = [{ name: database.chain.logName, publicKey: logKey.publicKey }];
  const memory = WitnessMemory.open(join(directory, `memory-${i}.json`));
  const witness = new Witness({ name, key: keys[i], logs, memory, nowMs: Date.now });
  const server = await serveWitness(witness, { host: '127.0.0.1', port: 0 }, (answer) =>
    answers.push(answer),
  );
  servers.push(server);
  return server;
}

async function witnessesAt(...urls: string[]): Promise<Witnesses> {
  const file = join(directory, 'witnesses.json');
  writeFileSync(file, JSON.stringify(urls.map((url, i) => ({ ...trusted[i], url }))));
  const silent = new StructuredLog('error', () => undefined);
  const loops = new Loops(new SystemClock(), silent);
  const witnesses = new Witnesses(configOf(file), checkpoints, proofs, new Metrics(), silent, loops);
  await witnesses.onApplicationBootstrap();
  await loops.beforeApplicationShutdown(); // rounds are asked for below
  return witnesses;
}

const entry = (n: number): LogEntryJson => ({
  kind: 'quality',
  atMs: n,
  quality: { v: 1, fromIndex: 0, toIndex: 0, platforms: [], nodes: [], pools: [] },
});
const append = (...numbers: number[]) =>
  database.dataSource.transaction((tx) => log.append(tx, numbers.map(entry)));

test('both witnesses cosign as the log grows, also after they were stopped and started again', async () => {
  const [a, b] = [await startWitness(0), await startWitness(1)];
  let witnesses = await witnessesAt(a.url, b.url);
  await append(1, 2, 3);
  const first = await witnesses.covering(2);
  expect(cosignaturesOf(first.note, trusted)).toHaveLength(2);

  await a.stop();
  const again = await startWitness(0);
  witnesses = await witnessesAt(again.url, b.url); // and a gateway that remembers nothing of them
  await append(4, 5);
  const second = await witnesses.covering(4);
  expect(second.checkpoint.treeSize).toBeGreaterThan(first.checkpoint.treeSize);
  expect(cosignaturesOf(second.note, trusted)).toHaveLength(2);
  expect(verifyCheckpoint(second.note, logKey.publicKey).root).toBe(second.checkpoint.root);
});

test('a witness that is away is left out, and the market has its checkpoint all the same', async () => {
  const b = servers[1] as WitnessServer;
  const witnesses = await witnessesAt('http://127.0.0.1:9', b.url);
  const [appended] = await append(6);
  const { note } = await witnesses.covering(appended?.index as number);
  expect(cosignaturesOf(note, trusted).map(({ witness }) => witness)).toEqual([names[1]]);
});

test('a log that signs a second history gets no cosignature, and leaves its witness with the proof', async () => {
  const { note, checkpoint } = await checkpoints.sign();
  const forged = signCheckpoint({ ...checkpoint, root: `0x${'66'.repeat(32)}` }, logKey);
  const b = servers[1] as WitnessServer;
  const witnesses = await witnessesAt('http://127.0.0.1:9', b.url);
  expect(cosignaturesOf((await witnesses.covering(checkpoint.treeSize - 1)).note, trusted)).toHaveLength(1);
  const response = await fetch(`${b.url}/add-checkpoint`, {
    method: 'POST',
    body: `old ${checkpoint.treeSize}\n\n${forged}`,
  });
  expect(response.status).toBe(409);
  const fork = answers.at(-1)?.fork as LogFork;
  const [older, newer] = verifyLogFork(fork, [{ name: checkpoint.origin, publicKey: logKey.publicKey }]);
  expect(older.root).toBe(verifyCheckpoint(note, logKey.publicKey).root);
  expect(newer.root).toBe(`0x${'66'.repeat(32)}`);
});
