import type { z } from 'zod';
import { errorResponse, HearthError, isErrorCode, parseJson } from '../protocol/index.ts';

/** HTTP to one gateway. Everything that comes back passes a schema; every refusal becomes a HearthError. */
export type Gateway = {
  readonly url: string;
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
  /** Sends sealed bytes and hands back the raw response, whose status is already known to be 200. */
  send(
    path: string,
    body: Uint8Array,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response>;
};

export type ApiKeySource = {
  current(): string | undefined;
  /** Gets another key in place of one that the gateway does not know, or of none. @returns whether there is one now */
  renew(refused: string | undefined): Promise<boolean>;
};

export type GatewayLimits = {
  readonly timeoutMs: number;
  /** No answer but a sealed stream is longer. */
  readonly maxBytes: number;
};
const defaultLimits: GatewayLimits = { timeoutMs: 30_000, maxBytes: 16 * 1024 * 1024 };

/** @param send `fetch`, or one that does more */
export function connectGateway(
  url: string,
  apiKey: ApiKeySource,
  limits = defaultLimits,
  send: typeof fetch = fetch,
): Gateway {
  const base = url.replace(/\/$/, '');

  async function request(path: string, init: RequestInit): Promise<Response> {
    const key = apiKey.current();
    const response = await attempt(path, init, key);
    if (response.ok) return response;
    const error = await refusal(response, base + path, limits.maxBytes);
    if (error.code !== 'invalid_api_key' || !(await apiKey.renew(key))) throw error;
    const again = await attempt(path, init, apiKey.current());
    if (again.ok) return again;
    throw await refusal(again, base + path, limits.maxBytes);
  }

  async function attempt(path: string, init: RequestInit, key: string | undefined): Promise<Response> {
    const headers = {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(init.headers as Record<string, string>),
    };
    try {
      // A redirect would carry a signed request to somewhere that nobody named.
      return await send(base + path, { ...init, headers, redirect: 'error' });
    } catch (cause) {
      throw interrupted(init, cause, `gateway ${base}: no answer to ${init.method ?? 'GET'} ${path}`);
    }
  }

  async function json<T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
    const bounded = { ...init, signal: AbortSignal.timeout(limits.timeoutMs) };
    const response = await request(path, bounded);
    let text: string;
    try {
      text = await readText(response, limits.maxBytes);
    } catch (cause) {
      throw interrupted(bounded, cause, `gateway ${base}${path}: its answer broke off`);
    }
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new HearthError(
      'peer_protocol_violation',
      `gateway ${base}${path}: ${issue?.path.join('.') || 'answer'}: ${issue?.message}`,
      { cause: parsed.error },
    );
  }

  return {
    url: base,
    get: (path, schema) => json(path, {}, schema),
    post: (path, body, schema) =>
      json(
        path,
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
        schema,
      ),
    send: (path, body, headers, signal) =>
      request(path, { method: 'POST', headers, body: body as BodyInit, ...(signal ? { signal } : {}) }),
  };
}

/** The caller's own reason to stop, a coded error as it is, our time limit, or a connection that failed. */
function interrupted({ signal }: RequestInit, cause: unknown, what: string): unknown {
  if (cause instanceof HearthError) return cause;
  if (!signal?.aborted) return unreachable(what, cause);
  const isTimeout = (signal.reason as Error | undefined)?.name === 'TimeoutError';
  return isTimeout ? unreachable(`${what} in time`, cause, 'timeout') : signal.reason;
}

/** Nobody of ours answered there: no connection, nothing in time, or somebody else's word. */
export const unreachable = (
  message: string,
  cause?: unknown,
  code: 'unavailable' | 'timeout' = 'unavailable',
) => new HearthError(code, message, { cause, details: { isUnreachable: true } });

export const isUnreachable = (error: unknown): error is HearthError =>
  error instanceof HearthError && error.details?.['isUnreachable'] === true;

async function refusal(response: Response, url: string, maxBytes: number): Promise<HearthError> {
  const text = await readText(response, maxBytes).catch(() => '');
  const body = errorResponse.safeParse(parseJson(text));
  if (!body.success) return unreachable(`gateway ${url}: HTTP ${response.status} without a reason`);
  const { code, message, details } = body.data.error;
  return new HearthError(isErrorCode(code) ? code : 'peer_protocol_violation', message, {
    details: { from: 'gateway', ...(details && typeof details === 'object' ? details : {}) },
  });
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes)
      throw new HearthError(
        'peer_protocol_violation',
        `gateway: expected an answer of at most ${maxBytes} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
