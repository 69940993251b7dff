import type { ServerResponse } from 'node:http';
import { type ErrorCode, HearthError } from '../protocol/index.ts';

/** OpenAI's error envelope, so that every client shows our sentence and retries only what can succeed. */
export function errorEnvelope(error: unknown): {
  status: number;
  headers: Record<string, string>;
  body: object;
} {
  const known =
    error instanceof HearthError
      ? error
      : new HearthError('internal', 'the sidecar failed', { cause: error });
  const type = types[known.code] ?? (known.httpStatus < 500 ? 'invalid_request_error' : 'server_error');
  const param = typeof known.details?.['param'] === 'string' ? known.details['param'] : null;
  return {
    status: known.httpStatus,
    headers: { 'x-should-retry': String(known.reaction === 'retry-later') },
    body: { error: { message: known.message, type, param, code: known.code } },
  };
}

const types: Partial<Record<ErrorCode, string>> = {
  invalid_api_key: 'authentication_error',
  policy_unsatisfied: 'permission_error',
  rate_limited: 'rate_limit_error',
};

/** Answers with the envelope; once bytes of a stream are out, says so in the stream and breaks the connection. */
export function writeError(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  const { status, headers, body } = errorEnvelope(error);
  if (!response.headersSent) {
    // A body that was not read to its end would be taken for the next request.
    if (!response.req.complete) response.setHeader('connection', 'close');
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    return;
  }
  // A cleanly ended stream would be taken for a whole answer by most clients.
  response.write(`data: ${JSON.stringify(body)}\n\n`, () => response.destroy());
}
