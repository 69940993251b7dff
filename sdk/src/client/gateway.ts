import type { z } from 'zod';
import { errorResponse, HearthError, isErrorCode, parseJson } from '../protocol/index.ts';
import { type HttpAnswer, postBytes } from './post-bytes.ts';

/** HTTP to one gateway. Everything that comes back passes a schema; every refusal becomes a HearthError. */
export type Gateway = {
  readonly url: string;
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>, timeoutMs?: number): Promise<T>;
  /** Sends sealed bytes and hands back the raw answer, whose status is already known to be a good one. */
  send(
    path: string,
    body: Uint8Array,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<HttpAnswer>;
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

/** @param send `fetch`, or one that does more, for all but sealed bytes */
export function connectGateway(
  url: string,
  apiKey: ApiKeySource,
  limits = defaultLimits,
  send: typeof fetch = fetch,
): Gateway {
  const base = url.replace(/\/$/, '');

  /** Asks once more with another key where the gateway does not know this one. */
  async function request<T extends HttpAnswer>(
    path: string,
    once: (headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const key = apiKey.current();
    const answer = await once(authorization(key));
    if (isGood(answer)) return answer;
    const error = await refusal(answer, base + path, limits.maxBytes);
    if (error.code !== 'invalid_api_key' || !(await apiKey.renew(key))) throw error;
    const again = await once(authorization(apiKey.current()));
    if (isGood(again)) return again;
    throw await refusal(again, base + path, limits.maxBytes);
  }

  async function attempt<T>(
    { method = 'GET', signal }: Pick<RequestInit, 'method' | 'signal'>,
    path: string,
    answer: Promise<T>,
  ): Promise<T> {
    try {
      return await answer;
    } catch (cause) {
      throw interrupted(signal, cause, `gateway ${base}: no answer to ${method} ${path}`);
    }
  }

  async function json<T>(
    path: string,
    init: RequestInit,
    schema: z.ZodType<T>,
    timeoutMs = limits.timeoutMs,
  ): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    // A redirect would carry a signed request to somewhere that nobody named.
    const bounded: RequestInit = { ...init, signal, redirect: 'error' };
    const response = await request(path, (authorization) => {
      const headers = { ...authorization, ...(init.headers as Record<string, string>) };
      return attempt(bounded, path, send(base + path, { ...bounded, headers }));
    });
    let text: string;
    try {
      text = await readText(response, limits.maxBytes);
    } catch (cause) {
      throw interrupted(signal, cause, `gateway ${base}${path}: its answer broke off`);
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
    post: (path, body, schema, timeoutMs) =>
      json(
        path,
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
        schema,
        timeoutMs,
      ),
    send: (path, body, headers, signal) =>
      request(path, (authorization) => {
        const posted = postBytes(base + path, { body, headers: { ...authorization, ...headers }, signal });
        return attempt({ method: 'POST', signal: signal ?? null }, path, posted);
      }),
  };
}

const authorization = (key: string | undefined): Record<string, string> =>
  key ? { authorization: `Bearer ${key}` } : {};

const isGood = ({ status }: HttpAnswer) => status >= 200 && status < 300;

/** The caller's own reason to stop, a coded error as it is, our time limit, or a connection that failed. */
function interrupted(signal: AbortSignal | null | undefined, cause: unknown, what: string): unknown {
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

async function refusal(response: HttpAnswer, url: string, maxBytes: number): Promise<HearthError> {
  const text = await readText(response, maxBytes).catch(() => '');
  const body = errorResponse.safeParse(parseJson(text));
  if (!body.success) return unreachable(`gateway ${url}: HTTP ${response.status} without a reason`);
  const { code, message, details } = body.data.error;
  return new HearthError(isErrorCode(code) ? code : 'peer_protocol_violation', message, {
    details: { from: 'gateway', ...(details && typeof details === 'object' ? details : {}) },
  });
}

async function readText({ body }: HttpAnswer, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
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
