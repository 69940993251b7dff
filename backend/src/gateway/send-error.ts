import type { ServerResponse } from 'node:http';
import type { HearthError } from '@hearth/sdk/protocol';

/** The error as HTTP. `closes` ends the connection too: the rest of the request was not read. */
export function sendError(response: ServerResponse, error: HearthError, closes: boolean): void {
  const body = JSON.stringify(error);
  response.writeHead(error.httpStatus, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(error.reaction === 'retry-later' ? { 'retry-after': '1' } : {}),
    ...(closes ? { connection: 'close' } : {}),
  });
  response.end(body);
}
