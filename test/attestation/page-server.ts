import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type PageServer = {
  readonly url: string;
  /** What the page posts to /result; rejects with what it posts to /error. */
  readonly result: Promise<unknown>;
  stop(): Promise<void>;
};

const page = `<!doctype html><meta charset="utf-8"><title>Hearth</title>
<script src="/guard.js"></script><script type="module" src="/page.js"></script>`;

/** Reports whatever the module fails with, also a module that does not parse. */
const guard = `
const report = (reason) => fetch('/error', { method: 'POST', body: String(reason?.stack ?? reason) });
addEventListener('error', (event) => report(event.error ?? event.message), true);
addEventListener('unhandledrejection', (event) => report(event.reason));
addEventListener('securitypolicyviolation', (event) => {
  if (event.effectiveDirective !== 'script-src') report('blocked: ' + event.effectiveDirective + ' ' + event.blockedURI);
});`;

/** No eval, no other host: as strict as the pages that will verify evidence should be. */
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'";

/** One page on a loopback port of its own. */
export async function servePage(pageModule: string, input: unknown): Promise<PageServer> {
  const script = 'text/javascript; charset=utf-8';
  const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/': ['text/html; charset=utf-8', page],
    '/guard.js': [script, guard],
    '/page.js': [script, pageModule],
    '/input.json': ['application/json', JSON.stringify(input)],
  };
  const { promise: result, resolve, reject } = Promise.withResolvers<unknown>();
  result.catch(() => {}); // whoever waits for it sees it; nobody may be waiting yet
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => reject(error));
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const file = files[path];
    if (request.method === 'POST' && path === '/result') resolve(JSON.parse(await text(request)));
    else if (request.method === 'POST' && path === '/error')
      reject(new Error(`page: ${await text(request)}`));
    else if (file !== undefined) {
      response.writeHead(200, { 'content-type': file[0], 'content-security-policy': policy }).end(file[1]);
      return;
    } else response.statusCode = 404;
    response.end();
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, result, stop: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
