import { HearthError, nameOf, outcomes } from '../protocol/index.ts';
import { AnswerText } from './answer-text.ts';
import { enclaveRefusal } from './enclave-refusal.ts';
import type { ChatRequest } from './job-request.ts';
import type { PreparedJob } from './prepare-job.ts';
import { type JobResult, runJob } from './run-job.ts';
import type { Session } from './session.ts';

export type ChatAnswer = { readonly content: string; readonly result: JobResult };

/**
 * One chat completion from start to end. `onText` hears the text as it is authenticated; the promise resolves only
 * when the last frame proved that nothing is missing.
 * @throws HearthError; a refusal by the enclave (say, a prompt too long) has the enclave's own code and sentence, and
 * an answer that the enclave itself broke off is `unavailable`
 */
export async function chat(
  session: Session,
  request: ChatRequest,
  options: {
    /** The job is matched, verified, sealed and accepted; its answer begins. */
    onStart?: (job: PreparedJob) => void;
    onText?: (text: string) => void;
    signal?: AbortSignal;
  } = {},
): Promise<ChatAnswer> {
  const { onStart, onText, signal } = options;
  const answer = new AnswerText();
  const body = { ...request, stream: onText !== undefined };
  for await (const event of runJob(session, { endpoint: 'chatCompletions', body }, signal)) {
    if (event.type === 'head') {
      answer.start(event.contentType);
      onStart?.(event.job);
    }
    if (event.type === 'bytes') {
      const text = answer.push(event.bytes);
      if (text !== '') onText?.(text);
    }
    if (event.type === 'done') {
      const { result } = event;
      if (result.status >= 400) throw enclaveRefusal(answer.body(), result.status);
      assertComplete(result);
      return { content: result.content, result };
    }
  }
  throw new HearthError('stream_truncated', 'the response ended before its final frame');
}

const complete: readonly number[] = [outcomes.stop, outcomes.length, outcomes.toolCalls, outcomes.filter];

/** An answer that the enclave gave up on is authenticated, billed as far as it went, and still not an answer. */
function assertComplete({ receipt, receiptHash }: JobResult): void {
  const { outcome } = receipt.execution;
  if (complete.includes(outcome)) return;
  const name = nameOf(outcomes, outcome);
  throw new HearthError('unavailable', `the enclave broke its answer off (${name}), receipt ${receiptHash}`, {
    details: { outcome: name, receiptHash },
  });
}
