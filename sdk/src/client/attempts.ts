import type { Hex } from '@hearth/attestation/receipt';
import type { HearthError, SignedReceipt } from '../protocol/index.ts';
import type { SignedJob } from './call-memory.ts';
import { CalledOff } from './called-off.ts';
import { hearOut } from './hear-out.ts';
import type { Session } from './session.ts';

/** Jobs that one call may cost: the first, and those that take over from one that broke off or is slow. */
export const MAX_ATTEMPTS = 4;

/** A job that was sent and did not answer to its end. */
export type LostAttempt = {
  readonly job: SignedJob;
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
  readonly #jobs: SignedJob[];
  readonly #lost: LostAttempt[];
  /** Those of an earlier try, of which this call goes on. */
  readonly #before: number;
  readonly #onSigned: (jobs: readonly SignedJob[]) => void;

  constructor(
    before: readonly LostAttempt[] = [],
    onSigned: (jobs: readonly SignedJob[]) => void = () => {},
  ) {
    this.#jobs = before.map(({ job }) => job);
    this.#lost = [...before];
    this.#before = before.length;
    this.#onSigned = onSigned;
  }

  get count(): number {
    return this.#jobs.length - this.#before;
  }

  /** For a header that is signed at once. */
  next(): Attempt {
    return { attempt: this.#jobs.length, previousJobId: (this.#jobs.at(-1)?.header.jobId as Hex) ?? NO_JOB };
  }

  signed(job: SignedJob): void {
    this.#jobs.push(job);
    this.#onSigned(this.#jobs);
  }

  /** Of an earlier try too. */
  get jobs(): readonly SignedJob[] {
    return this.#jobs;
  }

  /** Enclaves that a job of this call was signed for. */
  get asked(): readonly Hex[] {
    return this.#jobs.slice(this.#before).map(({ enclaveKey }) => enclaveKey);
  }

  lose(attempt: LostAttempt): void {
    this.#lost.push(attempt);
  }

  /** Why the newest one to fail did. */
  get lastReason(): HearthError | undefined {
    return this.#lost.slice(this.#before).at(-1)?.reason;
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
