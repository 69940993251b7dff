import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import {
  ask,
  type Checkpoint,
  HearthError,
  isMessageSignedBy,
  logPromise,
  messageId,
  parseJson,
  slotCounter,
  type TrustFile,
} from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import type { LoggedEntry, LogObserver } from './log-pass.ts';

/** What a node keeps of the log's promises: one JSON object per line, as the gateway sent it. */
export function parsePromises(text: string): z.output<typeof logPromise.schema>[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => {
      const parsed = logPromise.schema.safeParse(parseJson(line));
      if (parsed.success) return parsed.data;
      throw new HearthError('invalid_request', `promise file, line ${i + 1}: not a promise of a log`);
    });
}

/** Holds the log to its word: a message that it promised to include, and that had its time, has to be there. */
export class PromiseCheck implements LogObserver {
  readonly #open = new Map<Hex, number>();
  readonly #defects: Defects;
  readonly #checkpoint: Checkpoint;
  /** Promises that had run out under the checkpoint, kept or not. */
  readonly due: number;

  /** @throws HearthError for a promise that is not by a trusted log key: it would prove nothing */
  constructor(
    promises: readonly z.output<typeof logPromise.schema>[],
    trust: Pick<TrustFile, 'logKeys'>,
    checkpoint: Checkpoint,
    defects: Defects,
  ) {
    this.#defects = defects;
    this.#checkpoint = checkpoint;
    for (const promise of promises) {
      const { messageId: id, timestampMs, inLogByMs } = promise.body;
      if (!trust.logKeys.some(({ publicKey }) => isMessageSignedBy(logPromise, promise, publicKey)))
        throw new HearthError('invalid_signature', `promise for ${id}: not signed by a trusted log key`);
      if (inLogByMs < checkpoint.timeMs) this.#open.set(id, timestampMs);
    }
    this.due = this.#open.size;
  }

  apply({ index, entry }: LoggedEntry): void {
    if (this.#open.size === 0 || (entry.kind !== 'ask' && entry.kind !== 'slot-counter')) return;
    const id =
      entry.kind === 'ask' ? messageId(ask, entry.message.body) : messageId(slotCounter, entry.message.body);
    const promisedMs = this.#open.get(id);
    if (promisedMs === undefined) return;
    this.#open.delete(id);
    if (entry.atMs !== promisedMs)
      this.#defects.add(
        'ask_late',
        index,
        `message ${id}: promised as of ${promisedMs}, logged as of ${entry.atMs}`,
      );
  }

  /** After the whole log was read. */
  finish(): void {
    const { treeSize, timeMs } = this.#checkpoint;
    for (const [id, timestampMs] of this.#open)
      this.#defects.add(
        'ask_withheld',
        null,
        `message ${id}: taken at ${timestampMs} with a signed promise, and not among the ${treeSize} entries signed at ${timeMs}`,
      );
  }
}
