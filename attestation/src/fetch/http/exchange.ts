import { CollateralFetchError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { assertUsable } from './check-response.ts';
import type { HttpAnswer, HttpRequest } from './http-request.ts';
import { readBody } from './read-body.ts';

/**
 * One request and its whole answer within `timeoutMs`, body included, so that an answer that drips never holds on.
 * Throws CollateralFetchError only.
 */
export async function exchange(
  request: HttpRequest,
  ports: Ports,
  timeoutMs: number,
  lifetime: AbortSignal,
  thing: string,
): Promise<HttpAnswer> {
  const attempt = new AbortController();
  const signal = AbortSignal.any([lifetime, attempt.signal]);
  const cancelTimeout = ports.timers.after(timeoutMs, () => {
    attempt.abort(
      new CollateralFetchError('timeout', thing, { expected: `an answer within ${timeoutMs} ms` }),
    );
  });
  try {
    return await send(request, ports, signal, thing);
  } catch (error) {
    if (lifetime.aborted) throw new CollateralFetchError('cancelled', thing, { cause: lifetime.reason });
    if (attempt.signal.aborted) throw attempt.signal.reason;
    if (error instanceof CollateralFetchError) throw error;
    throw new CollateralFetchError('unavailable', thing, { actual: 'no answer', cause: error });
  } finally {
    cancelTimeout();
    // Lets go of the connection of an answer that was refused before its body was read.
    attempt.abort(new CollateralFetchError('cancelled', thing));
  }
}

async function send(
  request: HttpRequest,
  ports: Ports,
  signal: AbortSignal,
  thing: string,
): Promise<HttpAnswer> {
  const { url, accept, post, maxBytes } = request;
  const response = await ports.fetch(url, {
    method: post === undefined ? 'GET' : 'POST',
    headers: {
      accept,
      // Ignored by browsers, which choose for themselves; the body is counted after decompression anyhow.
      'accept-encoding': 'identity',
      ...(post === undefined ? {} : { 'content-type': post.contentType }),
    },
    ...(post === undefined ? {} : { body: new Uint8Array(post.bytes) }),
    redirect: 'manual',
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal,
  });
  assertUsable(response, request, ports.clock.nowMs(), thing);
  return { bytes: await readBody(response, maxBytes, thing), headers: response.headers };
}
