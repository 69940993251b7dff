import { type ErrorCode, HearthError } from '../protocol/index.ts';
import { type ApiAnswer, jsonAnswer } from './api.ts';

/** OpenAI's error envelope, so that every client shows our sentence and retries only what can succeed. */
export type ErrorEnvelope = {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
};

export function errorEnvelope(error: unknown): ErrorEnvelope {
  const { code, httpStatus, message, details } = asKnown(error);
  return {
    error: {
      message,
      type: types[code] ?? (httpStatus < 500 ? 'invalid_request_error' : 'server_error'),
      param: text(details?.['param']) ?? null,
      code: text(details?.['apiCode']) ?? codes[code] ?? code,
    },
  };
}

export function errorAnswer(error: unknown): ApiAnswer {
  const known = asKnown(error);
  const mayRetry = known.reaction === 'retry-later' && known.details?.['isFinal'] !== true;
  // Clients differ on whether 409 can be tried again; on 503 they agree.
  const status = known.httpStatus === 409 && mayRetry ? 503 : known.httpStatus;
  return jsonAnswer(errorEnvelope(known), status, {
    'x-should-retry': String(mayRetry),
    ...(mayRetry ? retryHints(known) : {}),
  });
}

/** The last event of a stream that broke: `error` for clients of chat, `type` for those of responses. */
export function errorEvent(error: unknown): string {
  return `event: error\ndata: ${JSON.stringify({ type: 'error', ...errorEnvelope(error) })}\n\n`;
}

function asKnown(error: unknown): HearthError {
  return error instanceof HearthError
    ? error
    : new HearthError('internal', 'the sidecar failed', { cause: error });
}

const types: Partial<Record<ErrorCode, string>> = {
  invalid_api_key: 'authentication_error',
  insufficient_funds: 'billing_error',
  policy_unsatisfied: 'permission_error',
  rate_limited: 'rate_limit_error',
};

/** Where OpenAI has a word of its own. */
const codes: Partial<Record<ErrorCode, string>> = { rate_limited: 'rate_limit_exceeded' };

/** How long to wait where the peer did not say: a market without a bid changes within seconds. */
const defaultWaitMs: Partial<Record<ErrorCode, number>> = {
  rate_limited: 1_000,
  no_bid: 2_000,
  unavailable: 1_000,
};

function retryHints({ code, details }: HearthError): Record<string, string> {
  const given = details?.['retryAfterMs'];
  const waitMs = typeof given === 'number' ? given : defaultWaitMs[code];
  if (waitMs === undefined) return {};
  return { 'retry-after-ms': String(Math.ceil(waitMs)), 'retry-after': String(Math.ceil(waitMs / 1000)) };
}

const text = (given: unknown): string | undefined => (typeof given === 'string' ? given : undefined);
