import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** As much of an HTTP answer as is read here; `fetch`'s is one, too. */
export type HttpAnswer = { readonly status: number; readonly body: AsyncIterable<Uint8Array> | null };

export type BytesToPost = {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
};

/** Neither a byte nor a keep-alive for so long, as `fetch` has it: nobody is there any more. */
const SILENCE_MS = 300_000;

/**
 * POSTs bytes over a connection that is kept, follows no redirect, and hands the answer's bytes over as they come. `fetch` takes
 * twice the time for it, and for each piece of the answer.
 */
export function postBytes(url: string, { body, headers, signal }: BytesToPost): Promise<HttpAnswer> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const post = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      timeout: SILENCE_MS,
      ...(signal && { signal }),
    });
    post.on('response', (answer) => resolve({ status: answer.statusCode ?? 0, body: answer }));
    post.on('error', reject);
    if (signal) rejectOnAbort(signal, post, reject);
    post.on('timeout', () => post.destroy(new Error(`not a byte for ${SILENCE_MS} ms`)));
    post.end(body);
  });
}

/** Now, not when the connection has come down. */
function rejectOnAbort(signal: AbortSignal, post: ClientRequest, reject: (reason: unknown) => void): void {
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  post.on('close', () => signal.removeEventListener('abort', abort));
}
