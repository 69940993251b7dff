import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../agent-error.ts';
import type { Assets } from './assets.ts';
import { readJson, refusalOf } from './http-guard.ts';
import { encode } from './view.ts';

const LOOPBACK = '127.0.0.1';

/** What the server serves; everything of the node behind one small face. */
export type DashboardApi = {
  /** Answers a GET below `/api/`; undefined: there is no such thing. */
  read(path: string, query: URLSearchParams): Promise<unknown> | undefined;
  /** Answers an export, line by line. */
  export(name: string): { readonly fileName: string; readonly lines: AsyncIterable<string> } | undefined;
  /** Does what a POST below `/api/` asks; resolves with the answer, throws for a request that makes no sense. */
  act(path: string, body: unknown): Promise<unknown> | undefined;
  /** Takes over the response as a stream of states; false: too many listen. */
  listen(response: ServerResponse): boolean;
};

export type DashboardServer = { readonly url: string; stop(): Promise<void> };

/** The owner's page over HTTP, on loopback only. @throws the system's error when the port is taken */
export async function serveDashboard(
  api: DashboardApi,
  assets: Assets,
  port: number,
): Promise<DashboardServer> {
  const ownHosts = new Set<string>();
  const server = createServer((request, response) => {
    answer(request, response, api, assets, ownHosts).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: messageOf(error) });
    });
  });
  await listening(server, port);
  const bound = (server.address() as AddressInfo).port;
  for (const name of [LOOPBACK, 'localhost']) ownHosts.add(`${name}:${bound}`);
  return {
    url: `http://${LOOPBACK}:${bound}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  api: DashboardApi,
  assets: Assets,
  ownHosts: ReadonlySet<string>,
): Promise<void> {
  secure(response, assets.contentSecurityPolicy);
  const refusal = refusalOf(request, ownHosts);
  if (refusal) return sendJson(response, 403, { error: refusal });
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${LOOPBACK}`);
  if (request.method === 'POST') return act(request, response, api, pathname);
  const file = assets.files.get(pathname);
  if (file) return sendFile(request, response, file);
  if (pathname === '/api/stream') {
    if (!api.listen(response)) sendJson(response, 503, { error: 'too many pages are open' });
    return;
  }
  const found = api.export(pathname);
  if (found) return sendLines(response, found.fileName, found.lines);
  const value = api.read(pathname, searchParams);
  if (value === undefined) return sendJson(response, 404, { error: 'there is no such page' });
  sendJson(response, 200, await value);
}

async function act(
  request: IncomingMessage,
  response: ServerResponse,
  api: DashboardApi,
  path: string,
): Promise<void> {
  let body: unknown;
  try {
    body = await readJson(request);
  } catch (error) {
    return sendJson(response, 400, { error: messageOf(error) });
  }
  const done = api.act(path, body);
  if (done === undefined) return sendJson(response, 404, { error: 'there is no such action' });
  await done.then(
    (result) => sendJson(response, 200, result ?? {}),
    (error: unknown) => sendJson(response, 400, { error: messageOf(error) }),
  );
}

function secure(response: ServerResponse, contentSecurityPolicy: string): void {
  response.setHeader('content-security-policy', contentSecurityPolicy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('cache-control', 'no-store');
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: { readonly type: string; readonly body: Buffer; readonly tag: string },
): void {
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('etag', file.tag);
  if (request.headers['if-none-match'] === file.tag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

async function sendLines(
  response: ServerResponse,
  fileName: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${fileName}"`,
  });
  for await (const line of lines)
    if (!response.write(line))
      await new Promise<void>((resolve) => void response.once('drain', resolve).once('close', resolve));
  response.end();
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(encode(value));
}
