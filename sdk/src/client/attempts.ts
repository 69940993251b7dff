import type { Hex } from '@hearth/attestation/receipt';
import type { HearthError, SignedReceipt } from '../protocol/index.ts';
import type { PreparedJob } from './prepare-job.ts';

/** Jobs that one call may cost: the first, and those that take over from one that broke off. */
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

const NO_JOB: Hex = `0x${'00'.repeat(32)}`;

export function attemptAfter(lost: readonly LostAttempt[]): Attempt {
  return {
    attempt: lost.length,
    previousJobId: (lost.at(-1)?.job.header.jobId as Hex | undefined) ?? NO_JOB,
  };
}
