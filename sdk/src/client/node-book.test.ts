import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Ed25519Key, ed25519Key, nodeBook, signMessage, type TrustFile } from '../protocol/index.ts';
import type { Gateway } from './gateway.ts';
import { NodeBookKeeper } from './node-book.ts';

const [logKey, otherKey] = [1, 2].map((byte) => ed25519Key(new Uint8Array(32).fill(byte))) as [
  Ed25519Key,
  Ed25519Key,
];
const trust = { logKeys: [{ name: 'log', publicKey: logKey.publicKey }] } as unknown as TrustFile;
let stateDir: string;
let nowMs = 1_000_000;
let asked = 0;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'hearth-book-'));
  [nowMs, asked] = [1_000_000, 0];
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const keeper = () => new NodeBookKeeper({ stateDir, trust, now: () => nowMs });
const gateway = (key = logKey): Gateway =>
  ({
    get: async () => {
      asked += 1;
      const root = `0x${'00'.repeat(32)}` as const;
      return signMessage(nodeBook, { v: 1, atMs: nowMs, treeSize: 0, root, models: [], nodes: [] }, key);
    },
  }) as unknown as Gateway;

test('a book serves as long as the policy allows, also in a process that starts later', async () => {
  await keeper().refresh(gateway(), 100);
  nowMs += 100_000;
  expect(keeper().usable(100).atMs).toBe(1_000_000);
  nowMs += 1_000;
  expect(() => keeper().usable(100)).toThrow(/101 s old, policy service.direct allows 100 s/);
});

test('without a book there is nobody to go on with', () => {
  expect(() => keeper().usable(100)).toThrow(/none was ever fetched/);
});

test('it is fetched once a minute, and more often where the policy wants it young', async () => {
  const kept = keeper();
  for (const [passMs, atMostSec] of [
    [0, 3600],
    [59_999, 3600],
    [1, 3600],
    [4_999, 10],
    [1, 10],
  ] as const) {
    nowMs += passMs;
    await kept.refresh(gateway(), atMostSec);
  }
  expect(asked).toBe(3);
});

test('a book that no log key signed is refused from a gateway, and is none on disk', async () => {
  await expect(keeper().refresh(gateway(otherKey), 100)).rejects.toMatchObject({
    code: 'peer_protocol_violation',
  });
  await keeper().refresh(gateway(), 100);
  const path = join(stateDir, 'node-book.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"atMs":1000000', '"atMs":9000000'));
  expect(() => keeper().usable(100)).toThrow(/none was ever fetched/);
});
