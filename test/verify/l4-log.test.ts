import { isMessageSignedBy, type LogEntry, outcomes, receiptLeaf } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { createWorld, worldAtMs } from '../builders/bundle.ts';
import { emptyTable } from '../builders/world-log.ts';
import { type Defect, expectRefused, rows } from './defects.ts';
import { failuresOf, judge, other20, other32 } from './judge.ts';

const checkpoints: Defect[] = [
  {
    says: 'a checkpoint of another origin',
    lies: { checkpoint: (checkpoint) => ({ ...checkpoint, origin: 'another.test/log' }) },
    fails: ['L4', 'L6'],
    reason: /checkpoint: not signed by any of the 1 log keys/,
  },
  {
    says: 'a checkpoint of another root',
    lies: { checkpoint: (checkpoint) => ({ ...checkpoint, root: other32('1') }) },
    fails: ['L4', 'L6'],
    reason: /receipt: its path does not lead to the root/,
  },
  {
    says: 'a checkpoint of another size',
    lies: { checkpoint: (checkpoint) => ({ ...checkpoint, treeSize: checkpoint.treeSize + 1 }) },
    fails: ['L4', 'L6'],
    reason: /receipt: tree size/,
  },
  {
    says: 'a note without a signature',
    change: (bundle) => withNote(bundle, (note) => note.slice(0, note.indexOf('\n\n') + 2)),
    fails: ['L4', 'L6'],
    reason: /not signed by any/,
  },
  {
    says: 'a note that is none',
    change: (bundle) => withNote(bundle, () => 'hello'),
    fails: ['L4', 'L6'],
    reason: /not signed by any/,
  },
  {
    says: 'a trust file without log keys',
    options: ({ trust }) => ({ trust: { ...trust, logKeys: [] } }),
    fails: ['L4', 'L6'],
    reason: /any of the 0 log keys/,
  },
];

const entries: Defect[] = [
  {
    says: 'the leaf of another receipt',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, receiptHash: other32('1') }) },
    fails: ['L4'],
    reason: /receipt leaf: receipt hash/,
  },
  {
    says: 'a leaf of another lease',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, leaseId: other32('1') }) },
    fails: ['L4'],
    reason: /receipt leaf: lease/,
  },
  {
    says: 'a leaf for another provider',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, provider: other20('1') }) },
    fails: ['L4'],
    reason: /receipt leaf: provider/,
  },
  {
    says: 'a leaf of another node',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, nodeKey: other32('1') }) },
    fails: ['L4'],
    reason: /receipt leaf: node key/,
  },
  {
    says: 'other billed tokens',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, billedTokens: 1 }) },
    fails: ['L4'],
    reason: /receipt leaf: billed tokens/,
  },
  {
    says: 'another outcome',
    lies: { receiptLeaf: (leaf) => ({ ...leaf, outcome: outcomes.interim }) },
    fails: ['L4'],
    reason: /receipt leaf: outcome/,
  },
  {
    says: 'a leaf that its node did not sign',
    lies: { receiptEntry: withForeignSignature },
    fails: ['L4'],
    reason: /receipt leaf: expected a signature by the node key/,
  },
  {
    says: 'an entry that is no receipt',
    lies: { receiptEntry: ({ atMs }) => ({ kind: 'quality', atMs, quality: emptyTable }) },
    fails: ['L4', 'L6'],
    reason: /receipt: kind of log entry: expected receipt, got quality/,
  },
  {
    says: 'a path of another leaf',
    change: (bundle) => withProof(bundle, ({ index, ...proof }) => ({ ...proof, index: index - 1 })),
    fails: ['L4', 'L6'],
    reason: /its path does not lead/,
  },
  {
    says: 'an entry with a time that was not logged',
    change: (bundle) =>
      withProof(bundle, ({ entry, ...proof }) => ({
        ...proof,
        entry: { ...(entry as object), atMs: worldAtMs },
      })),
    fails: ['L4', 'L6'],
    reason: /its path does not lead/,
  },
  {
    says: 'an entry that is not even JSON to be hashed',
    change: (bundle) =>
      withProof(bundle, ({ entry, ...proof }) => ({
        ...proof,
        entry: { ...(entry as object), atMs: '\ud800' },
      })),
    fails: ['L4', 'L6'],
    reason: /receipt: not a log entry/,
  },
  {
    says: 'an entry younger than the checkpoint over it',
    lies: { receiptEntry: (entry) => ({ ...entry, atMs: worldAtMs + 3_600_000 }) },
    fails: ['L4'],
    reason: /receipt: logged at \d+, after its checkpoint/,
  },
  {
    says: 'a receipt that the log took long before it was finished',
    lies: { receiptEntry: (entry) => ({ ...entry, atMs: worldAtMs - 3_600_000 }) },
    fails: ['L4'],
    reason: /receipt: logged at \d+, before the job was finished/,
  },
];

test.each(rows(checkpoints))('L4 refuses %s', (_, defect) => expectRefused(defect));
test.each(rows(entries))('L4 refuses %s', (_, defect) => expectRefused(defect));

test('a log that the trust file does not name fails L4 and L6 only', async () => {
  const [honest, ownLog] = await Promise.all([
    createWorld({ seed: 'honest' }),
    createWorld({ seed: 'honest', logKeySeed: 'forger' }),
  ]);
  expect(failuresOf(await judge(honest, ownLog.bundle))).toEqual(['L4', 'L6']);
});

test('the foreign signature of these tests is indeed none', async () => {
  const { log } = (await createWorld({ seed: 'honest', lies: { receiptEntry: withForeignSignature } }))
    .bundle;
  const entry = log?.receipt.entry as Extract<LogEntry, { kind: 'receipt' }>;
  expect(isMessageSignedBy(receiptLeaf, entry.message, entry.message.body.nodeKey)).toBe(false);
});

type LogPart = { log: import('@hearth/sdk/protocol').Bundle['log'] };

function withNote<B extends LogPart>(bundle: B, change: (note: string) => string): B {
  return { ...bundle, log: bundle.log && { ...bundle.log, checkpoint: change(bundle.log.checkpoint) } };
}

function withProof<B extends LogPart>(
  bundle: B,
  change: (proof: NonNullable<B['log']>['receipt']) => NonNullable<B['log']>['receipt'],
): B {
  return { ...bundle, log: bundle.log && { ...bundle.log, receipt: change(bundle.log.receipt) } };
}

function withForeignSignature(entry: LogEntry): LogEntry {
  if (entry.kind !== 'receipt') throw new Error('expected a receipt entry');
  return { ...entry, message: { ...entry.message, signature: `0x${'11'.repeat(64)}` } };
}
