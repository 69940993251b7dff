import { HearthError } from '../protocol/index.ts';
import { type LostAttempt, MAX_ATTEMPTS } from './attempts.ts';
import type { BrokenCall } from './call-memory.ts';
import { lastWordOf } from './hear-out.ts';
import type { Session } from './session.ts';

/** Its enclave signed when it was broken off; the word may be on its way. */
const LOOKS_AFTER_MS = [0, 200, 800];

/** What earlier tries of a call have come to: their jobs, with what each was paid, and the tokens to go on from. */
export type TakenUp = { readonly lost: readonly LostAttempt[]; readonly tokens: readonly number[] };

const ANEW: TakenUp = { lost: [], tokens: [] };

/** So that what a broken call was paid for is not paid for again. One that broke off too often begins anew. */
export async function takeUp(session: Session, call: BrokenCall | undefined): Promise<TakenUp> {
  const { orderHash } = session.file.record;
  if (!call || call.jobs.length > MAX_ATTEMPTS) return ANEW;
  if (call.jobs.some(({ header }) => header.orderHash !== orderHash)) return ANEW; // another order paid
  const reason = new HearthError('stream_truncated', 'broken off by an earlier try of this call');
  const lost = call.jobs.map(async (job) => {
    const receipt = await lastWordOf(session, job, LOOKS_AFTER_MS, { ref: true });
    return { job, reason, receipt };
  });
  return { lost: await Promise.all(lost), tokens: call.tokens };
}
