import { type Hex, hashNotRun, hashReceipt, isSignedBy, receiptFaults } from '@hearth/attestation/receipt';
import {
  HearthError,
  isErrorCode,
  jobError,
  leaseIdHeader,
  routes,
  type SignedReceipt,
  sealedJobContentType,
} from '../protocol/index.ts';
import { type ResponseEvent, ResponseOpener } from '../sealed-job/index.ts';
import { AnswerText } from './answer-text.ts';
import { checkFinalReceipt, checkReceipt } from './check-receipt.ts';
import { pairOf, withoutJob, withReceipt } from './order-record.ts';
import { type ChatRequest, type PreparedJob, prepareJob } from './prepare-job.ts';
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
  request: ChatRequest,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent> {
  const startedAt = performance.now();
  const { job, response, preparedAt } = await dispatch(session, request, signal);
  const opener = new ResponseOpener(job.jobHeaderHash, job.sealed.responseSecrets);
  const answer = new AnswerText();
  let status = 0;
  let firstByteAt = 0;
  let result: JobResult | undefined;
  for await (const event of openEvents(session, job, response, opener, signal)) {
    if (event.type === 'interim') remember(session, checkReceipt(session, job, event.interim));
    if (event.type === 'head') {
      status = event.head.status;
      answer.start(event.head.contentType);
      yield { type: 'head', status, contentType: event.head.contentType, job };
    }
    if (event.type === 'data') {
      firstByteAt ||= performance.now();
      answer.push(event.bytes);
      yield { type: 'bytes', bytes: event.bytes };
    }
    if (event.type === 'final') {
      const content = answer.content();
      const { receipt, signature } = checkFinalReceipt(
        session,
        job,
        event.final,
        event.precedingCiphertextHash,
        content,
      );
      remember(session, { receipt, signature });
      result = {
        job,
        status,
        content,
        receipt,
        receiptSignature: signature,
        receiptHash: hashReceipt(session.client.domain, receipt),
        timingsMs: {
          prepare: preparedAt - startedAt,
          firstByte: firstByteAt - startedAt,
          total: performance.now() - startedAt,
        },
      };
    }
  }
  if (!result)
    throw new HearthError(
      'stream_truncated',
      `job ${job.header.jobId}: the response ended before its final frame`,
    );
  yield { type: 'done', result };
}

type Dispatched = { readonly job: PreparedJob; readonly response: Response; readonly preparedAt: number };

/** Prepares and sends; once more when the enclave had earned more than this process knew and proves it by a receipt. */
async function dispatch(
  session: Session,
  request: ChatRequest,
  signal: AbortSignal | undefined,
): Promise<Dispatched> {
  const job = await prepareJob(session, request);
  const preparedAt = performance.now();
  try {
    return { job, response: await send(session, job, signal), preparedAt };
  } catch (error) {
    if (!(error instanceof HearthError) || error.code !== 'cap_exceeded' || !catchUp(session, error))
      throw error;
  }
  const again = await prepareJob(session, request);
  return { job: again, response: await send(session, again, signal), preparedAt };
}

async function send(session: Session, job: PreparedJob, signal: AbortSignal | undefined): Promise<Response> {
  const body = Buffer.concat([job.sealed.prefixBytes, ...job.sealed.frames]);
  const headers = { 'content-type': sealedJobContentType, [leaseIdHeader]: job.header.leaseId };
  try {
    return await session.client.gateway.send(routes.jobs, body, headers, signal);
  } catch (error) {
    dropLease(session, job);
    if (error instanceof HearthError && isNotRun(session, job, error)) {
      session.file.save(
        withoutJob(session.file.record, job.lease.grant.lease.body.enclaveKey, job.jobHeaderHash),
      );
    }
    throw error;
  }
}

/**
 * Only the enclave's signed word frees the cap of a job that was sent. The gateway's own refusal is no proof: the job
 * might run all the same, so it stays in flight, which costs nothing but room under the cap.
 */
function isNotRun(session: Session, job: PreparedJob, error: HearthError): boolean {
  const { notRun } = jobError.shape.details.safeParse(error.details).data ?? {};
  const { enclaveKey } = job.lease.grant.lease.body;
  return (
    notRun !== undefined &&
    notRun.notRun.jobHeaderHash === job.jobHeaderHash &&
    notRun.notRun.enclaveKey === enclaveKey &&
    isSignedBy(hashNotRun(session.client.domain, notRun.notRun), notRun.signature, enclaveKey)
  );
}

/** Takes over the newest receipt that came with a refusal. @returns whether it taught us anything */
function catchUp(session: Session, error: HearthError): boolean {
  const { newestReceipt } = jobError.shape.details.safeParse(error.details).data ?? {};
  if (
    !newestReceipt ||
    receiptFaults(session.client.domain, newestReceipt.receipt, newestReceipt.signature).length > 0
  )
    return false;
  const { settlement } = newestReceipt.receipt;
  const known = pairOf(session.file.record, settlement.enclaveKey).newest?.receipt.settlement.sequence ?? 0n;
  if (settlement.orderHash !== session.file.record.orderHash || settlement.sequence <= known) return false;
  remember(session, newestReceipt);
  return true;
}

/** A node that broke one job is not sent another on the same lease; a later lease may be on another node. */
function dropLease(session: Session, { header, lease }: PreparedJob): void {
  if (session.leases.get(header.modelDigest) === lease) session.leases.delete(header.modelDigest);
}

async function* openEvents(
  session: Session,
  job: PreparedJob,
  response: Response,
  opener: ResponseOpener,
  signal: AbortSignal | undefined,
): AsyncGenerator<Exclude<ResponseEvent, { type: 'gateway-error' }>> {
  try {
    if (!response.body) throw new HearthError('stream_truncated', 'gateway: an empty response');
    for await (const chunk of response.body) {
      for (const event of opener.push(chunk as Uint8Array)) {
        if (event.type === 'gateway-error') throw lostMidway(event.untrusted);
        yield event;
      }
    }
    opener.end();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    dropLease(session, job);
    if (cause instanceof HearthError) throw cause;
    throw new HearthError('stream_truncated', 'gateway: the connection broke before the final frame', {
      cause,
    });
  }
}

function remember(session: Session, received: SignedReceipt): void {
  session.file.save(withReceipt(session.file.record, received));
}

function lostMidway(untrusted: { code: string; message: string }): HearthError {
  const code = isErrorCode(untrusted.code) ? untrusted.code : 'enclave_lost';
  return new HearthError(code, `the answer broke off; the gateway says, unproven: ${untrusted.message}`, {
    details: { untrusted: true },
  });
}
