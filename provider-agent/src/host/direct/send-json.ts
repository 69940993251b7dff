import type { ServerResponse } from 'node:http';

/** A refusal. The connection ends: what is left of the request is not worth reading. */
export function sendJson(response: ServerResponse, status: number, json: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(json));
}
