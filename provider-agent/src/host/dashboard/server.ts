import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../agent-error.ts';
import type { Assets } from './assets.ts';
import { type OwnAddresses, ownAddresses, readJson, refusalOf } from './http-guard.ts';
import type { Login, LoginAnswer } from './login/login.ts';
import type { Door } from './login/open-door.ts';
import { PageProblem } from './page-problem.ts';
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

export type DashboardServer = {
  /** Where the owner finds it. */
  readonly url: string;
  /** On which it listens. */
  readonly port: number;
  stop(): Promise<void>;
};

/** Asked before somebody has logged in. */
const SESSION_PATH = '/api/session';
const LOGIN_PATH = '/api/login';
const LOGOUT_PATH = '/api/logout';

/** The owner's page over HTTP. @throws the system's error when the port is taken */
export async function serveDashboard(
  api: DashboardApi,
  assets: Assets,
  door: Door,
): Promise<DashboardServer> {
  let own: OwnAddresses = ownAddresses([]);
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, { api, assets, login: door.login, own }).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: messageOf(error) });
    });
  };
  const server = door.tls ? createTlsServer(door.tls, serve) : createServer(serve);
  await listening(server, door);
  const { port } = server.address() as AddressInfo;
  const scheme = door.tls ? 'https' : 'http';
  const local = [LOOPBACK, 'localhost'].map((name) => `${scheme}://${name}:${port}/`);
  own = ownAddresses(door.publicUrl === undefined ? local : [...local, door.publicUrl]);
  return {
    url: door.publicUrl ?? (local[0] as string),
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { port, address }: Door): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

type Served = {
  readonly api: DashboardApi;
  readonly assets: Assets;
  readonly login: Login | undefined;
  readonly own: OwnAddresses;
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { api, assets, login, own }: Served,
): Promise<void> {
  secure(response, assets.contentSecurityPolicy);
  const refusal = refusalOf(request, own);
  if (refusal) return sendJson(response, 403, { error: refusal });
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${LOOPBACK}`);
  const file = assets.files.get(pathname);
  if (file && request.method !== 'POST') return sendFile(request, response, file); // the same for everybody
  const isIn = login?.admits(request.headers) ?? true;
  if (pathname === SESSION_PATH) return sendJson(response, 200, { needsLogin: login !== undefined, isIn });
  if (login && request.method === 'POST' && pathname === LOGIN_PATH)
    return sendLogin(
      response,
      readJson(request).then((body) => login.enter(body)),
    );
  if (login && request.method === 'POST' && pathname === LOGOUT_PATH)
    return sendLogin(response, Promise.resolve(login.leave(request.headers)));
  if (!isIn) return sendProblem(response, 401, new PageProblem('log_in_first', 'log in first'));
  if (request.method === 'POST') return act(request, response, api, pathname);
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

async function sendLogin(response: ServerResponse, answering: Promise<LoginAnswer>): Promise<void> {
  const outcome = await answering.catch(() => undefined);
  if (!outcome) return sendJson(response, 400, { error: 'expected {"passphrase": "…"}' });
  if (outcome.status === 200) {
    response.setHeader('set-cookie', outcome.cookie);
    return sendJson(response, 200, {});
  }
  const { status, code, error, retryAfterSec } = outcome;
  if (retryAfterSec !== undefined) response.setHeader('retry-after', retryAfterSec);
  sendJson(response, status, { code, error, retryAfterSec });
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
    (error: unknown) => sendProblem(response, 400, error),
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

/** In English, and with a code where the page has words for it. */
function sendProblem(response: ServerResponse, status: number, error: unknown): void {
  const code = error instanceof PageProblem ? error.code : undefined;
  sendJson(response, status, { code, error: messageOf(error) });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(encode(value));
}
