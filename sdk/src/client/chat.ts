import { HearthError } from '../protocol/index.ts';
import type { ChatRequest, PreparedJob } from './prepare-job.ts';
import { type JobResult, runJob } from './run-job.ts';
import type { Session } from './session.ts';

export type ChatAnswer = { readonly content: string; readonly result: JobResult };

/**
 * One chat completion from start to end. `onText` hears the text as it is authenticated; the promise resolves only
 * when the last frame proved that nothing is missing.
 * @throws HearthError; a refusal by the enclave (say, a prompt too long) has the enclave's own code and sentence
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
  const decoder = new TextDecoder();
  let body = '';
  for await (const event of runJob(
    session,
    { ...request, stream: options.onText !== undefined },
    options.signal,
  )) {
    if (event.type === 'head') options.onStart?.(event.job);
    if (event.type === 'bytes') {
      const text = decoder.decode(event.bytes, { stream: true });
      body += text;
      options.onText?.(deltaText(text));
    }
    if (event.type === 'done') {
      if (event.result.status >= 400) throw enclaveRefusal(body);
      return { content: event.result.content, result: event.result };
    }
  }
  throw new HearthError('stream_truncated', 'the response ended before its final frame');
}

/** Text of the delta events in a piece of a stream; the enclave never splits an event over two frames. */
function deltaText(events: string): string {
  return events
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => {
      const chunk = JSON.parse(event.slice('data: '.length)) as {
        choices?: { delta?: { content?: string } }[];
      };
      return chunk.choices?.[0]?.delta?.content ?? '';
    })
    .join('');
}

function enclaveRefusal(body: string): HearthError {
  const { error } = JSON.parse(body) as { error: { message: string; code: string; param?: string } };
  const code =
    error.code === 'context_length_exceeded' || error.code === 'unsupported_parameter'
      ? error.code
      : 'invalid_request';
  return new HearthError(code, `enclave: ${error.message}`, { details: { param: error.param } });
}
