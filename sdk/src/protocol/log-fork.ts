import { fromHex, isConsistent } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { type Checkpoint, verifyCheckpoint } from './checkpoint.ts';
import { HearthError } from './errors.ts';
import type { NoteKey } from './signed-note.ts';
import { bytes32 } from './units.ts';

/**
 * Portable proof that a log showed two histories: two notes of its key, and a consistency proof that the newer tree begins
 * with another root than the older note states. Of equal size, the newer root itself is that root and the path is empty.
 */
export const logFork = z.strictObject({
  schema: z.literal('hearth-log-fork/1'),
  older: z.string().max(10_000),
  newer: z.string().max(10_000),
  /** Root of the first `older.treeSize` entries of the newer tree. */
  prefixRoot: bytes32,
  path: z.array(bytes32).max(64),
});
export type LogFork = z.infer<typeof logFork>;

/** The two histories, if the file proves that one log signed both. @throws HearthError that says what is missing */
export function verifyLogFork(fork: LogFork, logKeys: readonly NoteKey[]): [Checkpoint, Checkpoint] {
  const [older, newer] = bySameLog(fork, logKeys);
  const isPrefix = isConsistent(
    older.treeSize,
    fromHex(fork.prefixRoot),
    newer.treeSize,
    fromHex(newer.root),
    fork.path.map(fromHex),
  );
  if (!isPrefix) throw unproven(`the newer tree is not shown to begin with ${fork.prefixRoot}`);
  if (fork.prefixRoot === older.root) throw unproven('the newer tree contains the older one');
  return [older, newer];
}

function bySameLog({ older, newer }: LogFork, logKeys: readonly NoteKey[]): [Checkpoint, Checkpoint] {
  for (const { name, publicKey } of logKeys) {
    try {
      const pair: [Checkpoint, Checkpoint] = [
        verifyCheckpoint(older, publicKey),
        verifyCheckpoint(newer, publicKey),
      ];
      if (pair.every(({ origin }) => origin === name)) return pair;
    } catch (error) {
      if (!(error instanceof HearthError)) throw error; // not by this key
    }
  }
  throw unproven('expected two notes signed by one trusted log key');
}

const unproven = (why: string) => new HearthError('invalid_request', `fork proof: ${why}`);
