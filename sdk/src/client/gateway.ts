import type { z } from 'zod';
import { errorResponse, HearthError, isErrorCode } from '../protocol/index.ts';

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

const TIMEOUT_MS = 30_000;

export function connectGateway(url: string, apiKey: () => string | undefined): Gateway {
  const base = url.replace(/\/$/, '');

  async function request(path: string, init: RequestInit): Promise<Response> {
    const key = apiKey();
    const headers = {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(init.headers as Record<string, string>),
    };
    let response: Response;
    try {
      response = await fetch(base + path, { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted) throw init.signal.reason;
      throw new HearthError('unavailable', `gateway ${base}: no answer to ${init.method ?? 'GET'} ${path}`, {
        cause,
      });
    }
    if (!response.ok) throw await refusal(response, base + path);
    return response;
  }

  async function json<T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
    const response = await request(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    throw new HearthError(
      'peer_protocol_violation',
      `gateway ${base}${path}: ${parsed.error.issues[0]?.message}`,
      {
        cause: parsed.error,
      },
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

async function refusal(response: Response, url: string): Promise<HearthError> {
  const body = errorResponse.safeParse(await response.json().catch(() => undefined));
  if (!body.success)
    return new HearthError('unavailable', `gateway ${url}: HTTP ${response.status} without a reason`);
  const { code, message, details } = body.data.error;
  return new HearthError(isErrorCode(code) ? code : 'peer_protocol_violation', message, {
    details: { from: 'gateway', ...(details && typeof details === 'object' ? details : {}) },
  });
}
