import 'reflect-metadata';
import { leafHash, MerkleFrontier } from '@hearth/attestation';
import type { LogEntryJson } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { LogRoots } from '../../backend/src/log/log-roots.ts';
import { LogTail } from '../../backend/src/log/log-tail.ts';
import { NodeStore } from '../../backend/src/log/node-store.ts';
import { TransparencyLog } from '../../backend/src/log/transparency-log.ts';
import { ChainIdentity } from '../../backend/src/platform/chain-identity.ts';
import { Metrics } from '../../backend/src/platform/metrics.ts';
import { Readiness } from '../../backend/src/platform/readiness.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { type MigratedDatabase, startMigratedDatabase } from './database.ts';

let database: MigratedDatabase;
/** Each test has a log of its own. */
let chain: ChainIdentity;
let nodes: NodeStore;
let log: TransparencyLog;
let size = 0;

beforeAll(async () => {
  database = await startMigratedDatabase('log_roots');
});
afterAll(() => database?.stop());

beforeEach(() => {
  const { ref } = chain ?? database.chain;
  const { chainId, genesisHash, marketDomain, registryDomain, logName } = database.chain;
  chain = new ChainIdentity(ref + 1, chainId, genesisHash, marketDomain, registryDomain, logName);
  nodes = new NodeStore(chain);
  log = new TransparencyLog(chain, nodes, new LogTail(chain));
  size = 0;
});

/** What one backend process has of it. */
function replica() {
  const readiness = new Readiness();
  const metrics = new Metrics();
  const silent = new StructuredLog('error', () => undefined);
  const roots = new LogRoots(database.dataSource, chain, nodes, readiness, silent, metrics);
  return {
    roots,
    agree: () => roots.agree(size),
    faults: () => readiness.faults(),
    alarm: async () => /^hearth_log_roots_differ (\d)$/m.exec(await metrics.expose())?.[1],
  };
}

async function grow(leaves: number): Promise<void> {
  const entries = Array.from({ length: leaves }, (_, n): LogEntryJson => {
    const quality = { v: 1 as const, fromIndex: 0, toIndex: 0, platforms: [], nodes: [], pools: [] };
    return { kind: 'quality', atMs: size + n, quality };
  });
  await database.dataSource.transaction((tx) => log.append(tx, entries));
  size += leaves;
}

/** A disk that lies, a hand in the tables: what append-only triggers do not stop. */
const tamper = (update: string) =>
  database.dataSource.query(
    `SET session_replication_role = replica; ${update} AND chain_ref = ${chain.ref}; SET session_replication_role = DEFAULT`,
  );

test('replicas that look at different sizes agree, and one that starts later goes on from what was signed', async () => {
  const [one, two] = [replica(), replica()];
  for (const leaves of [1, 4, 20, 7]) {
    await grow(leaves);
    await one.agree();
    await grow(3);
    expect(await two.agree()).toBe(await one.agree());
  }
  expect(await replica().agree()).toBe(await one.agree());
  expect([await one.alarm(), one.faults()]).toEqual(['0', []]);
});

test('a replica whose memory went wrong signs no more, says why, and is well after a restart; the others go on', async () => {
  const [one, two] = [replica(), replica()];
  await grow(5);
  await one.agree();
  await two.agree();
  const peaks = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))];
  Reflect.set(two.roots, 'fold', new MerkleFrontier(size, peaks));
  await grow(2);
  const signed = await one.agree();
  await expect(two.agree()).rejects.toThrow(`computed root`);
  expect(two.faults()).toEqual([expect.stringContaining(`signed: ${signed}; it signs no more checkpoints`)]);
  expect(await two.alarm()).toBe('1');
  await grow(1);
  await expect(two.agree()).rejects.toMatchObject({ code: 'unavailable' });
  expect(await replica().agree()).toBe(await one.agree());
});

test('a stored subtree that no longer fits its leaves stops every replica, also a new one', async () => {
  const one = replica();
  await grow(6);
  await one.agree();
  await tamper(`UPDATE log_node SET hash = sha256(hash) WHERE level = 2 AND node_index = 0`);
  await expect(replica().agree()).rejects.toThrow('log of 6 leaves');
  await grow(1);
  await expect(one.agree()).rejects.toThrow('stored subtrees');
});

test('a leaf that was changed after it was signed stops the next replica that reads it', async () => {
  const [one, two] = [replica(), replica()];
  await grow(4);
  await two.agree();
  await grow(4);
  await one.agree();
  await tamper(`UPDATE log_leaf SET leaf_hash = sha256(leaf_hash) WHERE leaf_index = 5`);
  await expect(two.agree()).rejects.toThrow('log of 8 leaves');
});

test('a root that somebody else signed for this size stops a replica that computes another', async () => {
  const one = replica();
  await grow(3);
  await database.dataSource.query(`INSERT INTO log_root VALUES ($1, $2, $3)`, [
    chain.ref,
    size,
    `0x${'ee'.repeat(32)}`,
  ]);
  await expect(one.agree()).rejects.toThrow(`signed: 0x${'ee'.repeat(32)}`);
});

test('a log that shrank is not signed', async () => {
  const one = replica();
  await grow(3);
  await one.agree();
  await expect(one.roots.agree(2)).rejects.toThrow('log of 2 leaves: this process has seen 3');
});
