import type { Hex } from '@hearth/attestation/receipt';
import type { HearthError, SignedReceipt } from '../protocol/index.ts';
import { CalledOff } from './called-off.ts';
import { hearOut } from './hear-out.ts';
import type { PreparedJob } from './prepare-job.ts';
import type { Session } from './session.ts';

/** Jobs that one call may cost: the first, and those that take over from one that broke off or is slow. */
export const MAX_ATTEMPTS = 4;

/** A job that was sent and did not answer to its end. */
export type LostAttempt = {
  readonly job: PreparedJob;
  /** The newest receipt it brought: what it is paid. Undefined: nothing, as far as the buyer knows. */
  readonly receipt: SignedReceipt | undefined;
  readonly reason: HearthError;
};

/** Which try of one call a job is, and which job it follows: signed in its header, repeated in its receipts. */
export type Attempt = { readonly attempt: number; readonly previousJobId: Hex };

/** An attempt has ended. What it cost, if it was called off, is still to come. */
export function noteLost(session: Session, attempts: Attempts, lost: LostAttempt): void {
  attempts.lose(lost);
  if (!(lost.reason instanceof CalledOff)) return;
  session.hedges.noteCalledOff(lost.job.jobHeaderHash);
  void hearOut(session, lost.job);
}

const NO_JOB: Hex = `0x${'00'.repeat(32)}`;

/** The jobs of one call, numbered in the order in which they are signed: two of them may be under way at a time. */
export class Attempts {
  readonly #jobIds: Hex[] = [];
  readonly #enclaveKeys: Hex[] = [];
  readonly #lost: LostAttempt[] = [];

  get count(): number {
    return this.#jobIds.length;
  }

  /** For a header that is signed at once. */
  next(): Attempt {
    return { attempt: this.count, previousJobId: this.#jobIds.at(-1) ?? NO_JOB };
  }

  signed(jobId: Hex, enclaveKey: Hex): void {
    this.#jobIds.push(jobId);
    this.#enclaveKeys.push(enclaveKey);
  }

  /** Enclaves that a job of this call was signed for. */
  get asked(): readonly Hex[] {
    return this.#enclaveKeys;
  }

  lose(attempt: LostAttempt): void {
    this.#lost.push(attempt);
  }

  /** Why the newest one to fail did. */
  get lastReason(): HearthError | undefined {
    return this.#lost.at(-1)?.reason;
  }

  /** What the attempts so far have been paid for, as far as they told. */
  get receipts(): SignedReceipt[] {
    return this.#ordered().flatMap(({ receipt }) => receipt ?? []);
  }

  /** Those signed before this one, oldest first: all of them have ended when it goes on alone. */
  before({ attempt }: Attempt): LostAttempt[] {
    return this.#ordered().filter(({ job }) => job.header.attempt < attempt);
  }

  /** Those that were asked beside this one, later, and were slower. */
  after({ attempt }: Attempt): LostAttempt[] {
    return this.#ordered().filter(({ job }) => job.header.attempt > attempt);
  }

  #ordered(): LostAttempt[] {
    return this.#lost.toSorted((a, b) => a.job.header.attempt - b.job.header.attempt);
  }
}
