import { consistencyProof, inclusionProof, leafHash, merkleRoot, toHex } from '@hearth/attestation/receipt';
import {
  canonicalBytes,
  cosignCheckpoint,
  ed25519Key,
  type LogFork,
  signCheckpoint,
  verifyCheckpoint,
  verifyLogFork,
} from '@hearth/sdk/protocol';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type AuditOptions, auditLog } from '../../sdk/src/audit/audit-log.ts';
import { httpLogSource } from '../../sdk/src/audit/log-source.ts';
import { type RecordedLog, serveLog } from '../builders/log-server.ts';
import { askEntry, logKey, nodeKey, origin, promiseOf, SampleLog, startMs, trust } from './sample-log.ts';

const entries = Array.from({ length: 25 }, (_, i) => askEntry(i + 1));
/** The same up to entry 12, then another history. */
const forkedEntries = [...entries.slice(0, 12), ...Array.from({ length: 13 }, (_, i) => askEntry(i + 500))];

let honest: SampleLog;
let forked: SampleLog;
const cleanUps: (() => Promise<void>)[] = [];
beforeAll(async () => {
  honest = await SampleLog.of(entries);
  forked = await SampleLog.of(forkedEntries);
});
afterEach(async () => {
  for (const stop of cleanUps.splice(0)) await stop();
});
afterAll(() => {
  honest.close();
  forked.close();
});

async function audit(recorded: RecordedLog, options: Partial<AuditOptions> = {}) {
  const server = await serveLog(recorded);
  cleanUps.push(server.stop);
  return auditLog({
    source: httpLogSource(server.url),
    trust,
    seen: [],
    promises: [],
    anchors: [],
    ...options,
  });
}
const named = ({ defects }: Awaited<ReturnType<typeof auditLog>>) =>
  defects.map(({ code, index }) => [code, index]);

test('an honest log is in order: its notes, kept promises, what was seen before and what is anchored', async () => {
  const found = await audit(honest, {
    seen: honest.notes,
    promises: entries.map((entry) => promiseOf(entry)),
    anchors: [10, 20].map((size) => ({ size, root: honest.log.root(size) })),
  });
  expect(found).toMatchObject({ entries: 25, promisesDue: 25, anchors: 2, found: 0, defects: [] });
});

test('an entry that is served changed is named', async () => {
  const log = {
    ...methods(honest),
    entries: (start: number, end: number) =>
      honest.log
        .entries(start, end)
        .map((entry, i) => (start + i === 17 ? { ...(entry as object), atMs: 1 } : entry)),
  };
  const found = await audit({ log, notes: honest.notes, logKey: logKey.publicKey });
  expect(named(found)).toEqual([['log_altered', 17]]);
  expect(found.entries).toBe(0);
});

test('a note seen of another history proves the fork to everybody', async () => {
  for (const seen of [forked.notes[1], forked.notes[2]] as string[]) {
    const found = await audit(honest, { seen: [seen] });
    expect(named(found)).toEqual([['log_forked', null]]);
    const [older, newer] = verifyLogFork(found.defects[0]?.proof as LogFork, trust.logKeys);
    expect([older.treeSize, newer.treeSize]).toEqual([verifyCheckpoint(seen, logKey.publicKey).treeSize, 25]);
  }
});

test('a note of the same history says nothing against it, also when it was signed later', async () => {
  const again = signCheckpoint(
    { ...verifyCheckpoint(honest.notes[1] as string, logKey.publicKey), timeMs: startMs },
    logKey,
  );
  expect((await audit(honest, { seen: [again, forked.notes[0] as string] })).found).toBe(0);
});

test('a log that lists a note of another history among its own convicts itself', async () => {
  const notes = [honest.notes[0], forked.notes[1], honest.notes[2]] as string[];
  expect(named(await audit({ log: honest.log, notes, logKey: logKey.publicKey }))).toEqual([
    ['log_forked', null],
  ]);
});

test('less than was signed before is a roll-back', async () => {
  const notes = honest.notes.slice(0, 2);
  const found = await audit({ log: honest.log, notes, logKey: logKey.publicKey }, { seen: honest.notes });
  expect(named(found)).toEqual([['log_rolled_back', null]]);
});

test('a promise that was broken is named, whoever shows it', async () => {
  const withheld = askEntry(30);
  const moved = { ...entries[3], atMs: startMs } as (typeof entries)[number];
  const found = await audit(honest, { promises: [promiseOf(withheld), promiseOf(moved)] });
  expect(named(found)).toEqual([
    ['ask_late', 3],
    ['ask_withheld', null],
  ]);
});

test('a promise whose time is not over yet is not held against the log', async () => {
  const young = { ...askEntry(400), atMs: startMs + 84_000 };
  expect(await audit(honest, { promises: [promiseOf(young)] })).toMatchObject({ found: 0, promisesDue: 0 });
});

test('a promise that the log did not sign is refused: it would prove nothing', async () => {
  const promises = [promiseOf(entries[0] as (typeof entries)[number], nodeKey)];
  await expect(audit(honest, { promises })).rejects.toMatchObject({ code: 'invalid_signature' });
});

test('what is anchored cannot be taken back', async () => {
  const anchors = [
    { size: 20, root: forked.log.root(20) },
    { size: 26, root: forked.log.root(20) },
  ];
  expect(named(await audit(honest, { anchors }))).toEqual([
    ['log_rolled_back', null],
    ['anchor_altered', null],
  ]);
});

test('a checkpoint needs the quorum of the trust file', async () => {
  const keys = [7, 8].map((n) => ed25519Key(new Uint8Array(32).fill(n)));
  const witnesses = { quorum: 2, keys: keys.map(({ publicKey }, i) => ({ name: `w/${i}`, publicKey })) };
  const last = honest.notes[2] as string;
  const [one = '', two = ''] = keys.map((key, i) => cosignCheckpoint(last, `w/${i}`, key, 1_800_000_000));
  const withLines = (...lines: string[]) =>
    audit(
      {
        log: honest.log,
        notes: [...honest.notes.slice(0, 2), last + lines.join('')],
        logKey: logKey.publicKey,
      },
      { trust: { ...trust, witnesses } },
    );
  expect(await withLines(one, two)).toMatchObject({
    found: 0,
    cosigned: [{ witness: 'w/0' }, { witness: 'w/1' }],
  });
  expect(named(await withLines(one, one))).toEqual([['log_unwitnessed', null]]);
});

test('an entry of no known kind is named, and the rest is read', async () => {
  const strange = await SampleLog.of([
    entries[0] as object,
    { kind: 'gift', atMs: startMs },
    entries[1] as object,
  ]);
  const found = await audit(strange);
  strange.close();
  expect(named(found)).toEqual([['entry_invalid', 1]]);
  expect(found.entries).toBe(3);
});

test('a log under another key is not audited at all', async () => {
  const logKeys = [{ name: origin, publicKey: nodeKey.publicKey }];
  await expect(audit(honest, { trust: { ...trust, logKeys } })).rejects.toMatchObject({
    code: 'invalid_signature',
  });
});

test('the recorded log proves as RFC 6962 says', () => {
  const leaves = honest.log.entries(0, 25).map((entry) => leafHash(canonicalBytes(entry)));
  for (const size of [1, 2, 7, 8, 9, 24, 25]) {
    const tree = leaves.slice(0, size);
    expect(honest.log.root(size)).toBe(toHex(merkleRoot(tree)));
    expect(honest.log.consistency(size, 25)).toEqual(consistencyProof(leaves, size).map(toHex));
    for (const index of tree.keys())
      expect(honest.log.inclusion(index, size)).toEqual(inclusionProof(tree, index).map(toHex));
  }
});

function methods({ log }: SampleLog): RecordedLog['log'] {
  return {
    entries: (start, end) => log.entries(start, end),
    inclusion: (index, size) => log.inclusion(index, size),
    consistency: (from, to) => log.consistency(from, to),
  };
}
