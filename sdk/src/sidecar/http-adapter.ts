import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiAnswer, ApiRequest } from '../openai/api.ts';
import { HearthError } from '../protocol/index.ts';

/** A Node request as the API takes it; `response` tells when its client has gone away. */
export function apiRequest(request: IncomingMessage, response: ServerResponse): ApiRequest {
  const abort = new AbortController();
  response.on('close', () => abort.abort(new HearthError('stream_truncated', 'the client went away')));
  if (response.destroyed) abort.abort(new HearthError('stream_truncated', 'the client went away'));
  const [path = '', query = ''] = (request.url ?? '/').split('?');
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: new Headers(
      Object.entries(request.headers).map(([name, given]): [string, string] => [name, String(given)]),
    ),
    signal: abort.signal,
    readBody: (limitBytes) => readBody(request, limitBytes),
  };
}

async function readBody(request: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new HearthError('too_large', `request body: at most ${limitBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection must outlive a refusal, or the client never reads it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Writes an answer; a stream that throws ends as a broken connection. */
export async function writeAnswer(response: ServerResponse, answer: ApiAnswer): Promise<void> {
  const { status, headers, body } = answer;
  // A request body that was not read to its end would be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close');
  if (body instanceof Uint8Array) {
    if (response.destroyed) return;
    response.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
    return;
  }
  try {
    response.writeHead(status, headers).flushHeaders();
    for await (const text of body) await write(response, text);
    response.end();
  } catch {
    await flushed(response);
    response.destroy();
  }
}

/** Waits for the socket when the reader is slow, so that the enclave's stream is slowed too. */
async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** The error event must be out before the connection is broken. */
function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.once('close', resolve);
    response.write('\n', () => resolve());
  });
}
