import type { ServerResponse } from 'node:http';
import type { HearthError } from '@hearth/sdk/protocol';
import { retryAfterSeconds } from '../platform/rate-limits.ts';

/** The error as HTTP. `closes` ends the connection too: the rest of the request was not read. */
export function sendError(response: ServerResponse, error: HearthError, closes: boolean): void {
  const body = JSON.stringify(error);
  const retryAfter = retryAfterSeconds(error);
  response.writeHead(error.httpStatus, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    ...(closes ? { connection: 'close' } : {}),
  });
  response.end(body);
}
