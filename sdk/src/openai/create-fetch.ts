import { HearthError } from '../protocol/index.ts';
import { answerRequest } from './answer-request.ts';
import { type ApiOptions, openApi } from './api-server.ts';

export type OpenAiFetch = { readonly fetch: typeof fetch; close(): Promise<void> };

/**
 * A `fetch` for `new OpenAI({ fetch })` and its like: whatever host the client names, its requests are answered here, by
 * sealed jobs. Nothing is ever passed on to the network: a path that is not served is 404.
 */
export function createFetch(options: ApiOptions): OpenAiFetch {
  const server = openApi(options);
  const answer: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const abort = new AbortController();
    const signal = AbortSignal.any([request.signal, abort.signal]);
    signal.throwIfAborted();
    const { pathname, searchParams } = new URL(request.url);
    const { status, headers, body } = await answerRequest(server, {
      method: request.method,
      path: pathname,
      query: searchParams,
      headers: request.headers,
      signal,
      readBody: async (limitBytes) => {
        const bytes = new Uint8Array(await request.arrayBuffer());
        if (bytes.length <= limitBytes) return bytes;
        throw new HearthError('too_large', `request body: at most ${limitBytes} bytes`);
      },
    });
    request.signal.throwIfAborted(); // what `fetch` says, not what a server would
    return new Response(body instanceof Uint8Array ? (body as BodyInit) : streamOf(body, abort), {
      status,
      headers,
    });
  };
  return { fetch: answer, close: () => server.close() };
}

/** Pulled piece by piece, so that a slow reader slows the enclave; an error ends it after the event that names it. */
function streamOf(pieces: AsyncIterable<string>, abort: AbortController): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel() {
        abort.abort(new HearthError('stream_truncated', 'the client went away'));
      },
    },
    { highWaterMark: 0 },
  );
}
