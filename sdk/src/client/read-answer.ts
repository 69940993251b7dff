import { type ErrorCode, HearthError, type SignedReceipt } from '../protocol/index.ts';
import {
  type CommittedOutput,
  type ResponseEvent,
  type ResponseFinal,
  type ResponseHead,
  ResponseOpener,
} from '../sealed-job/index.ts';
import { AnswerText } from './answer-text.ts';
import { checkFinalReceipt, checkReceipt } from './check-receipt.ts';
import type { HttpAnswer } from './post-bytes.ts';
import type { PreparedJob } from './prepare-job.ts';
import type { Session } from './session.ts';

/** What one enclave says, authenticated frame by frame; every receipt in it is checked. */
export type AnswerEvent =
  | { readonly type: 'head'; readonly head: ResponseHead }
  | { readonly type: 'data'; readonly bytes: Uint8Array; readonly tokenIds: readonly number[] }
  | { readonly type: 'receipt'; readonly receipt: SignedReceipt }
  | {
      readonly type: 'final';
      readonly final: ResponseFinal;
      readonly receipt: SignedReceipt;
      /** What this job's receipt commits to. */
      readonly output: readonly CommittedOutput[];
    };

/** The bytes ended, or stopped making sense, before the answer did: what came before still stands. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
  readonly reason: HearthError;

  constructor(reason: HearthError) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

/**
 * @throws BrokenAnswer when gateway, node or network failed; HearthError `peer_protocol_violation` when the enclave
 * signed something that is not so; the signal's reason
 */
export async function* readAnswer(
  session: Session,
  job: PreparedJob,
  response: HttpAnswer,
  signal: AbortSignal | undefined,
): AsyncGenerator<AnswerEvent> {
  const opener = new ResponseOpener(job.jobHeaderHash, job.sealed.responseSecrets);
  const text = new AnswerText(job.header.endpoint);
  let tokens = 0;
  for await (const event of openEvents(response, opener, signal)) {
    if (event.type === 'head') {
      text.start(event.head.contentType);
      yield event;
    }
    if (event.type === 'data') {
      text.push(event.bytes);
      tokens += event.tokenIds.length;
      yield event;
    }
    if (event.type === 'interim') {
      const receipt = checkReceipt(session, job, event.interim, event.precedingCiphertextHash);
      assertDelivered(receipt, tokens);
      yield { type: 'receipt', receipt };
    }
    if (event.type === 'final') {
      const { final, precedingCiphertextHash } = event;
      const output = text.output();
      const receipt = checkFinalReceipt(session, job, final, precedingCiphertextHash, output);
      assertDelivered(receipt, tokens);
      yield { type: 'final', final, receipt, output };
    }
  }
}

/** Where the enclave says which tokens its bytes stand for, it can bill no other number of them. */
function assertDelivered({ receipt: { execution } }: SignedReceipt, tokens: number): void {
  if (tokens === 0 || execution.outputTokens === tokens) return;
  throw new HearthError(
    'peer_protocol_violation',
    `receipt output tokens: ${tokens} were delivered, got ${execution.outputTokens}`,
  );
}

async function* openEvents(
  response: HttpAnswer,
  opener: ResponseOpener,
  signal: AbortSignal | undefined,
): AsyncGenerator<Exclude<ResponseEvent, { type: 'gateway-error' }>> {
  try {
    if (!response.body) throw truncated();
    for await (const chunk of response.body) {
      for (const event of opener.push(chunk)) {
        if (event.type === 'gateway-error') throw lostMidway(event.untrusted);
        yield event;
      }
    }
    opener.end();
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new BrokenAnswer(cause instanceof HearthError ? cause : truncated(cause));
  }
}

function truncated(cause?: unknown): HearthError {
  return new HearthError('stream_truncated', 'the answer ended before its final frame', { cause });
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
