import { HearthError } from '../protocol/index.ts';
import { MAX_ATTEMPTS, noteLost } from './attempts.ts';
import { CalledOff, isWanted } from './called-off.ts';
import { dispatchJob } from './dispatch-job.ts';
import type { JobRequest } from './job-request.ts';
import { dropLeasesOf, keepLease } from './lease.ts';
import type { Preparation, PreparedJob } from './prepare-job.ts';
import { type AnswerEvent, BrokenAnswer, readAnswer } from './read-answer.ts';
import type { Session } from './session.ts';

/** An attempt that was sent, and what its enclave says. */
export type Begun = {
  readonly job: PreparedJob;
  readonly events: AsyncGenerator<AnswerEvent>;
  readonly preparedAt: number;
  readonly isDirect: boolean;
};

/**
 * Sends the job. Where the policy says so, and the budget allows it, an answer without a token for too long gets a second
 * enclave: the first one to give a token goes on, the other is called off and paid for what it had said, usually nothing.
 * @throws BrokenAnswer when the attempt ended before its first token, and is noted; HearthError when nothing could be sent
 */
export function beginAnswer(session: Session, request: JobRequest, call: Preparation): Promise<Begun> {
  const { hedge } = session.client.policy.service;
  return hedge === 'never' ? send(session, request, call) : race(session, request, call, hedge);
}

/** An attempt is over; whoever broke it off is not sent another. */
export function endAttempt(session: Session, job: PreparedJob, isBroken: boolean): void {
  session.running.delete(job.jobHeaderHash);
  (isBroken ? dropLeasesOf : keepLease)(session, job.lease);
}

async function send(session: Session, request: JobRequest, call: Preparation): Promise<Begun> {
  const { job, response, ...sent } = await dispatchJob(session, request, call);
  return { job, events: readAnswer(session, job, response, call.signal), ...sent };
}

function race(
  session: Session,
  request: JobRequest,
  call: Preparation,
  { afterMs, atMost }: { readonly afterMs: number; readonly atMost: number },
): Promise<Begun> {
  const { attempts, signal: caller } = call;
  const { promise, resolve, reject } = Promise.withResolvers<Begun>();
  const racers: AbortController[] = [];
  const failures: unknown[] = [];
  const before = attempts.count;
  let isOver = false;
  let timer: NodeJS.Timeout;

  const end = (settle: () => void) => {
    isOver = true;
    clearTimeout(timer);
    settle();
  };
  const enter = () => {
    const off = new AbortController();
    const isHedge = racers.push(off) > 1;
    const signal = caller ? AbortSignal.any([caller, off.signal]) : off.signal;
    const avoid = isHedge ? [...attempts.asked] : call.avoid;
    firstToken(session, request, { ...call, avoid, signal }).then(
      (begun) => {
        if (isOver) return leave(session, call, begun.job, off.signal.reason);
        for (const other of racers) if (other !== off) other.abort(new CalledOff(other === racers[0]));
        if (isHedge) session.hedges.noteWon();
        end(() => resolve(begun));
      },
      (error: unknown) => {
        if (isHedge && error instanceof HearthError && error.code === 'no_bid') session.hedges.giveBack();
        failures.push(error);
        if (!isOver && failures.length === racers.length) end(() => reject(failures[0]));
      },
    );
  };
  const waitOn = () => {
    timer = setTimeout(() => {
      const isAsked = attempts.count - before >= racers.length; // else the market, not an enclave, is slow
      const mayAsk = racers.length <= atMost && attempts.count < MAX_ATTEMPTS;
      if (isAsked && mayAsk && session.hedges.take()) enter();
      if (mayAsk) waitOn();
    }, afterMs);
  };
  enter();
  waitOn();
  return promise;
}

/** It came in just behind the first one; its signal has closed its connection. */
function leave(session: Session, { attempts }: Preparation, job: PreparedJob, reason: CalledOff): void {
  noteLost(session, attempts, { job, receipt: undefined, reason });
  endAttempt(session, job, reason.isSlow);
}

/** Waits until the enclave has said something that is more than that it will answer. */
async function firstToken(session: Session, request: JobRequest, call: Preparation): Promise<Begun> {
  const begun = await send(session, request, call);
  const { job, events } = begun;
  const early: AnswerEvent[] = [];
  try {
    const next = () => unlessAborted(events.next(), call.signal);
    for (let step = await next(); !step.done; step = await next()) {
      early.push(step.value);
      if (step.value.type !== 'head') break;
    }
  } catch (error) {
    endAttempt(session, job, !isWanted(error, call.signal));
    const reason = error instanceof BrokenAnswer ? error.reason : error;
    if (reason instanceof HearthError) noteLost(session, call.attempts, { job, receipt: undefined, reason });
    throw error;
  }
  return { ...begun, events: chained(early, events) };
}

/** Who is called off says so now, not when its connection has come down: the answer it was asked for may be whole by then. */
function unlessAborted<T>(step: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return step;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  return Promise.race([step, promise]).finally(() => signal.removeEventListener('abort', abort));
}

async function* chained(
  early: readonly AnswerEvent[],
  rest: AsyncGenerator<AnswerEvent>,
): AsyncGenerator<AnswerEvent> {
  try {
    yield* early;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
