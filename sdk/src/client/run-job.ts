import { type Hex, hashReceipt } from '@hearth/attestation/receipt';
import { type ErrorCode, HearthError, type SignedReceipt } from '../protocol/index.ts';
import { type ResponseEvent, ResponseOpener } from '../sealed-job/index.ts';
import { AnswerText } from './answer-text.ts';
import { checkFinalReceipt, checkReceipt } from './check-receipt.ts';
import { type Dispatched, dispatchJob } from './dispatch-job.ts';
import type { JobRequest } from './job-request.ts';
import { dropLease, keepLease } from './lease.ts';
import { withReceipt } from './order-record.ts';
import type { PreparedJob } from './prepare-job.ts';
import type { Session } from './session.ts';

/** A finished job: the answer was authenticated to its last byte and the receipt says what it cost. */
export type JobResult = {
  readonly job: PreparedJob;
  readonly status: number;
  readonly content: string;
  readonly receipt: SignedReceipt['receipt'];
  readonly receiptSignature: Hex;
  readonly receiptHash: Hex;
  readonly timingsMs: { readonly prepare: number; readonly firstByte: number; readonly total: number };
};

export type JobEvent =
  | {
      readonly type: 'head';
      readonly status: number;
      readonly contentType: string;
      readonly job: PreparedJob;
    }
  /** Authenticated bytes of the OpenAI-shaped answer: JSON, or server-sent events when `stream` was asked for. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'done'; readonly result: JobResult };

/**
 * Runs one job. The answer is whole only once `done` arrives; a stream that ends before throws
 * `stream_truncated` or `enclave_lost`, and what was received until then is paid for by the interim receipts.
 */
export async function* runJob(
  session: Session,
  request: JobRequest,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent> {
  const startedAt = performance.now();
  const dispatched = await dispatchJob(session, request, signal);
  const { job } = dispatched;
  let isBroken = false;
  try {
    yield* readAnswer(session, dispatched, startedAt, signal);
  } catch (error) {
    isBroken = !signal?.aborted;
    throw error;
  } finally {
    session.running.delete(job.jobHeaderHash);
    // Who broke off a job is not sent another on the same lease; one whose buyer went away is as good as ever.
    (isBroken ? dropLease : keepLease)(session, job.lease);
  }
}

async function* readAnswer(
  session: Session,
  { job, response, preparedAt }: Dispatched,
  startedAt: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobEvent> {
  const opener = new ResponseOpener(job.jobHeaderHash, job.sealed.responseSecrets);
  const answer = new AnswerText();
  let status = 0;
  let firstByteAt: number | undefined;
  let result: JobResult | undefined;
  for await (const event of openEvents(response, opener, signal)) {
    if (event.type === 'interim')
      remember(session, checkReceipt(session, job, event.interim, event.precedingCiphertextHash));
    if (event.type === 'head') {
      status = event.head.status;
      answer.start(event.head.contentType);
      yield { type: 'head', status, contentType: event.head.contentType, job };
    }
    if (event.type === 'data') {
      firstByteAt ??= performance.now();
      answer.push(event.bytes);
      yield { type: 'bytes', bytes: event.bytes };
    }
    if (event.type === 'final') {
      const content = answer.content();
      const { final, precedingCiphertextHash } = event;
      const received = checkFinalReceipt(session, job, final, precedingCiphertextHash, content);
      remember(session, received);
      const endedAt = performance.now();
      result = {
        job,
        status,
        content,
        receipt: received.receipt,
        receiptSignature: received.signature,
        receiptHash: hashReceipt(session.client.domain, received.receipt),
        timingsMs: {
          prepare: preparedAt - startedAt,
          firstByte: (firstByteAt ?? endedAt) - startedAt,
          total: endedAt - startedAt,
        },
      };
    }
  }
  if (!result) throw truncated();
  yield { type: 'done', result };
}

async function* openEvents(
  response: Response,
  opener: ResponseOpener,
  signal: AbortSignal | undefined,
): AsyncGenerator<Exclude<ResponseEvent, { type: 'gateway-error' }>> {
  try {
    if (!response.body) throw truncated();
    for await (const chunk of response.body) {
      for (const event of opener.push(chunk as Uint8Array)) {
        if (event.type === 'gateway-error') throw lostMidway(event.untrusted);
        yield event;
      }
    }
    opener.end();
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw cause instanceof HearthError ? cause : truncated(cause);
  }
}

function truncated(cause?: unknown): HearthError {
  return new HearthError('stream_truncated', 'the answer ended before its final frame', { cause });
}

function remember(session: Session, received: SignedReceipt): void {
  session.file.save(withReceipt(session.file.record, received));
}

/** Codes that an unauthenticated frame may choose among: all say that the answer broke off, and none blames the buyer. */
const believable: ReadonlySet<string> = new Set<ErrorCode>([
  'enclave_lost',
  'stream_truncated',
  'timeout',
  'unavailable',
]);

function lostMidway(untrusted: { code: string; message: string }): HearthError {
  const code = believable.has(untrusted.code) ? (untrusted.code as ErrorCode) : 'enclave_lost';
  return new HearthError(code, `the answer broke off; the gateway says, unproven: ${untrusted.message}`, {
    details: { untrusted: true, code: untrusted.code },
  });
}
