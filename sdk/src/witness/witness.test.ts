import { consistencyProof, leafHash, merkleRoot, toHex } from '@hearth/attestation/receipt';
import { beforeEach, expect, test } from '@jest/globals';
import {
  cosignaturesOf,
  ed25519Key,
  encodeAddCheckpoint,
  type LogFork,
  signCheckpoint,
  verifyLogFork,
} from '../protocol/index.ts';
import { Witness } from './witness.ts';

const logKey = ed25519Key(new Uint8Array(32).fill(1));
const key = ed25519Key(new Uint8Array(32).fill(2));
const log = { name: 'hearth.log/test', publicKey: logKey.publicKey };
const honest = Array.from({ length: 12 }, (_, i) => leafHash(Uint8Array.of(i)));
const forked = [...honest.slice(0, 3), leafHash(Uint8Array.of(99)), ...honest.slice(4)];

const noteOf = (leaves: Uint8Array[], { key: signer = logKey, origin = log.name, timeMs = 1_000 } = {}) =>
  signCheckpoint(
    {
      origin,
      treeSize: leaves.length,
      root: toHex(merkleRoot(leaves)),
      timeMs,
      beacon: { blockNumber: 1, blockHash: `0x${'00'.repeat(32)}`, timestampMs: 1 },
    },
    signer,
  );
const submission = (leaves: Uint8Array[], oldSize: number, note = noteOf(leaves)) =>
  encodeAddCheckpoint({
    oldSize,
    consistency: oldSize === 0 ? [] : consistencyProof(leaves, oldSize).map(toHex),
    note,
  });

let remembered: string[];
let witness: Witness;
beforeEach(() => {
  remembered = [];
  const memory = {
    newest: () => remembered.at(-1),
    remember: async (_: string, note: string) => void remembered.push(note),
  };
  witness = new Witness({ name: 'w.example/1', key, logs: [log], memory, nowMs: () => 5_900 });
});

test('a log that grows is cosigned step by step, with the time of the witness', async () => {
  for (const [from, to] of [
    [0, 5],
    [5, 8],
    [8, 8],
    [8, 12],
  ] as const) {
    const { status, body } = await witness.addCheckpoint(submission(honest.slice(0, to), from));
    expect(status).toBe(200);
    const note = noteOf(honest.slice(0, to)) + body;
    expect(cosignaturesOf(note, [{ name: 'w.example/1', publicKey: key.publicKey }])).toEqual([
      { witness: 'w.example/1', timeUnixSec: 5 },
    ]);
  }
});

test('whoever does not know what was cosigned last is told', async () => {
  await witness.addCheckpoint(submission(honest.slice(0, 5), 0));
  const answer = await witness.addCheckpoint(submission(honest.slice(0, 8), 3));
  expect(answer).toEqual({ status: 409, body: '5\n', contentType: 'text/x.tlog.size' });
  expect(await witness.addCheckpoint(submission(honest.slice(0, 4), 4))).toMatchObject({ status: 409 });
});

test('another history is never cosigned, whatever is sent with it', async () => {
  await witness.addCheckpoint(submission(honest.slice(0, 5), 0));
  for (const body of [
    submission(forked.slice(0, 8), 5),
    submission(forked.slice(0, 8), 5).replace(/^old 5\n(.*\n)+?\n/, 'old 5\n\n'),
    encodeAddCheckpoint({
      oldSize: 5,
      consistency: consistencyProof(honest.slice(0, 8), 5).map(toHex),
      note: noteOf(forked.slice(0, 8)),
    }),
  ])
    expect(await witness.addCheckpoint(body)).toMatchObject({ status: 422 });
  expect(remembered).toHaveLength(1);
});

test('two roots of one size become a proof that convinces whoever trusts the log key', async () => {
  await witness.addCheckpoint(submission(honest.slice(0, 5), 0));
  const { status, fork } = await witness.addCheckpoint(submission(forked.slice(0, 5), 5));
  expect(status).toBe(409);
  const [older, newer] = verifyLogFork(fork as LogFork, [log]);
  expect(older.treeSize).toBe(newer.treeSize);
  expect(older.root).not.toBe(newer.root);
});

test('only a known log with its own signature is answered', async () => {
  const note = (options: object) => submission(honest, 0, noteOf(honest, options));
  expect(await witness.addCheckpoint(note({ origin: 'another.log' }))).toMatchObject({ status: 404 });
  expect(await witness.addCheckpoint(note({ key }))).toMatchObject({ status: 403 });
  expect(await witness.addCheckpoint('nonsense')).toMatchObject({ status: 400 });
  expect(await witness.addCheckpoint(submission(honest, 0).replace('old 0', 'old 13'))).toMatchObject({
    status: 400,
  });
  expect(
    await witness.addCheckpoint(
      submission(honest, 0).replace('old 0\n', `old 0\n${Buffer.alloc(32).toString('base64')}\n`),
    ),
  ).toMatchObject({ status: 422 });
});

test('of two that race from one size, one is cosigned', async () => {
  await witness.addCheckpoint(submission(honest.slice(0, 5), 0));
  const answers = await Promise.all([
    witness.addCheckpoint(submission(honest.slice(0, 9), 5)),
    witness.addCheckpoint(submission(honest.slice(0, 7), 5)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 409]);
});

test('a fork proof holds for every pair of sizes, and not for a log that only grew', () => {
  for (let older = 4; older <= 10; older += 1)
    for (let newer = older; newer <= 12; newer += 1) {
      const tree = forked.slice(0, newer);
      const proof: LogFork = {
        schema: 'hearth-log-fork/1',
        older: noteOf(honest.slice(0, older)),
        newer: noteOf(tree),
        prefixRoot: toHex(merkleRoot(tree.slice(0, older))),
        path: consistencyProof(tree, older).map(toHex),
      };
      expect(verifyLogFork(proof, [log])[0].treeSize).toBe(older);
      const grown = honest.slice(0, newer);
      const honestProof = {
        ...proof,
        newer: noteOf(grown),
        prefixRoot: toHex(merkleRoot(grown.slice(0, older))),
        path: consistencyProof(grown, older).map(toHex),
      };
      expect(() => verifyLogFork(honestProof, [log])).toThrow(/contains the older one/);
      expect(() => verifyLogFork({ ...honestProof, prefixRoot: proof.prefixRoot }, [log])).toThrow(
        /not shown to begin/,
      );
      expect(() => verifyLogFork(proof, [{ ...log, publicKey: key.publicKey }])).toThrow(/trusted log key/);
    }
});
