import 'reflect-metadata';
import { fromHex, isConsistent, rootFromInclusion, toHex } from '@hearth/attestation';
import { type LogEntryJson, logLeafHash, verifyCheckpoint } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Checkpoints } from '../../backend/src/log/checkpoints.ts';
import { LogProofs } from '../../backend/src/log/log-proofs.ts';
import { LogRoots } from '../../backend/src/log/log-roots.ts';
import { LogTail } from '../../backend/src/log/log-tail.ts';
import { NodeStore } from '../../backend/src/log/node-store.ts';
import { TransparencyLog } from '../../backend/src/log/transparency-log.ts';
import { BeaconSource } from '../../backend/src/platform/beacon-source.ts';
import { Clock } from '../../backend/src/platform/clock.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { LogKey } from '../../backend/src/platform/log-key.ts';
import { Loops } from '../../backend/src/platform/loops.ts';
import { Metrics } from '../../backend/src/platform/metrics.ts';
import { Readiness } from '../../backend/src/platform/readiness.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { type MigratedDatabase, startMigratedDatabase } from './database.ts';

class SetClock extends Clock {
  now = 5_000;
  override nowMs(): number {
    return this.now;
  }
  override async sleep(): Promise<void> {}
}

let database: MigratedDatabase;
let log: TransparencyLog;
let proofs: LogProofs;
let checkpoints: Checkpoints;
const clock = new SetClock();
const beacons = new BeaconSource(clock);
const address = `0x${'ab'.repeat(20)}`;
const logKey = new LogKey(
  loadConfig({
    DATABASE_URL: 'postgresql://unused/unused',
    RPC_URL: 'http://unused',
    CHAIN_ID: '1',
    TOKEN: address,
    REGISTRY: address,
    SETTLEMENT: address,
    OPERATOR_PRIVATE_KEY: '01'.repeat(32),
    LOG_PRIVATE_KEY: '02'.repeat(32),
  }),
);

beforeAll(async () => {
  database = await startMigratedDatabase('log');
  const nodes = new NodeStore(database.chain);
  const { dataSource, chain } = database;
  log = new TransparencyLog(chain, nodes, new LogTail(chain));
  proofs = new LogProofs(dataSource, chain, nodes);
  beacons.see({ blockNumber: 9, blockHash: `0x${'09'.repeat(32)}`, timestampMs: 4_000 });
  const metrics = new Metrics();
  const quiet = new StructuredLog('error');
  checkpoints = new Checkpoints(
    dataSource,
    chain,
    nodes,
    new LogRoots(dataSource, chain, nodes, new Readiness(), quiet, metrics),
    beacons,
    logKey,
    clock,
    metrics,
    new Loops(clock, quiet),
  );
});
afterAll(() => database?.stop());

const entry = (n: number): LogEntryJson => ({
  kind: 'quality',
  atMs: n,
  quality: { v: 1, fromIndex: 0, toIndex: 0, platforms: [], nodes: [], pools: [] },
});
const append = (...numbers: number[]) =>
  database.dataSource.transaction((tx) => log.append(tx, numbers.map(entry)));

test('concurrent appends get distinct, gapless places, and every leaf is provable under a signed checkpoint', async () => {
  const appended = await Promise.all(
    Array.from({ length: 40 }, (_, n) => append(3 * n, 3 * n + 1, 3 * n + 2)),
  );
  const indexes = appended.flat().map(({ index }) => index);
  expect([...indexes].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, n) => n));

  const { note } = await checkpoints.sign();
  const checkpoint = verifyCheckpoint(note, logKey.publicKey);
  expect(checkpoint).toMatchObject({
    origin: 'hearth.log/test',
    treeSize: 120,
    timeMs: 5_000,
    beacon: { blockNumber: 9 },
  });
  for (const { index, leafHash } of appended.flat()) {
    const path = (await proofs.inclusion(index, 120)).map(fromHex);
    expect(toHex(rootFromInclusion(fromHex(leafHash), index, 120, path) as Uint8Array)).toBe(checkpoint.root);
    expect(await proofs.indexOf(leafHash)).toBe(index);
  }
});

test('entries come back as the JSON whose leaf hash was promised, in order', async () => {
  const [leaf] = await append(1_000);
  const [json] = await proofs.entries(leaf?.index as number, (leaf?.index as number) + 1);
  expect(json).toEqual(entry(1_000));
  expect(toHex(logLeafHash(json as LogEntryJson))).toBe(leaf?.leafHash);
});

test('an entry appended twice, also within one call, keeps its place', async () => {
  const [first] = await append(2_000);
  const again = await append(2_000, 2_001, 2_001);
  expect(again[0]).toEqual(first);
  expect(again[1]).toEqual(again[2]);
});

test('what a transaction appended and rolled back is gone, and its place is free', async () => {
  const { treeSize } = (await checkpoints.sign()).checkpoint;
  const failed = database.dataSource.transaction(async (tx) => {
    await log.append(tx, [entry(3_000)]);
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  expect((await append(3_001))[0]?.index).toBe(treeSize);
});

test('every later checkpoint is consistent with every earlier one', async () => {
  const heads = [(await checkpoints.sign()).checkpoint];
  for (let n = 0; n < 5; n++) {
    await append(4_000 + 2 * n, 4_001 + 2 * n);
    heads.push((await checkpoints.sign()).checkpoint);
  }
  for (const [i, old] of heads.entries())
    for (const head of heads.slice(i)) {
      const path = (await proofs.consistency(old.treeSize, head.treeSize)).map(fromHex);
      expect(isConsistent(old.treeSize, fromHex(old.root), head.treeSize, fromHex(head.root), path)).toBe(
        true,
      );
    }
});

test('the newest checkpoint is served as long as it is young enough, and signed anew after that', async () => {
  const signed = await checkpoints.sign();
  clock.now += 1_000;
  expect((await checkpoints.newest()).note).toBe(signed.note);
  clock.now += 1;
  expect((await checkpoints.newest()).checkpoint.timeMs).toBe(clock.now);
});

test('a log that grew is signed anew for lease seekers after 100 ms, one that did not after a second', async () => {
  const signed = await checkpoints.sign();
  clock.now += 100;
  const [leaf] = await append(5_000);
  expect((await checkpoints.fresh()).note).toBe(signed.note);
  clock.now += 1;
  const grown = await checkpoints.fresh();
  expect(grown.checkpoint).toMatchObject({ treeSize: (leaf?.index as number) + 1, timeMs: clock.now });
  clock.now += 1_000;
  expect((await checkpoints.fresh()).note).toBe(grown.note);
  clock.now += 1;
  expect((await checkpoints.fresh()).checkpoint.timeMs).toBe(clock.now);
});

test('leaves, nodes and checkpoints cannot be rewritten', async () => {
  for (const statement of [
    `UPDATE log_leaf SET entry = '{}'`,
    `DELETE FROM log_node WHERE level = 0`,
    `UPDATE log_checkpoint SET root = ''`,
    `TRUNCATE log_leaf`,
  ])
    await expect(database.dataSource.query(statement)).rejects.toThrow(/append-only/);
});

test('proofs beyond the tree are refused by name', async () => {
  await expect(proofs.inclusion(0, 1_000_000)).rejects.toMatchObject({ code: 'not_found' });
  await expect(proofs.inclusion(50, 50)).rejects.toMatchObject({ code: 'not_found' });
  await expect(proofs.consistency(0, 5)).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(proofs.indexOf(`0x${'00'.repeat(32)}`)).rejects.toMatchObject({ code: 'not_found' });
});
