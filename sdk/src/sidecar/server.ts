import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listModels } from '../client/models.ts';
import type { Session } from '../client/session.ts';
import { HearthError } from '../protocol/index.ts';
import { serveChat } from './chat-route.ts';
import { writeError } from './openai-error.ts';

export type SidecarOptions = {
  readonly session: Session;
  /** 0 picks a free port. */
  readonly port: number;
  /** Hears what is not one of the expected, coded failures. */
  readonly onFault?: (error: unknown) => void;
};

export type Sidecar = { readonly url: string; stop(): Promise<void> };

const MAX_CONNECTIONS = 256;

/**
 * OpenAI-compatible server on the buyer's own loopback: prompts leave this process only sealed, and only to an enclave
 * whose evidence was verified. It is not for a network: no authentication, so it takes only loopback names as Host.
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { session, port: wantedPort, onFault } = options;
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const served = route(session, request, response)
      .catch((error: unknown) => {
        if (!(error instanceof HearthError)) onFault?.(error);
        writeError(response, error);
      })
      .finally(() => running.delete(served));
    running.add(served);
  });
  server.requestTimeout = 60_000;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wantedPort, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections(); // jobs hear that their client is gone
      await closed;
      await Promise.all(running); // and have written down what they owe
    },
  };
}

async function route(session: Session, request: IncomingMessage, response: ServerResponse): Promise<void> {
  assertLocal(request);
  const target = `${request.method} ${request.url?.split('?')[0]}`;
  if (target === 'POST /v1/chat/completions') return serveChat(session, request, response);
  if (target === 'GET /v1/models') return serveModels(session, response);
  if (target === 'GET /health') return writeJson(response, { ok: true });
  throw new HearthError(
    'not_found',
    `${target}: this sidecar serves POST /v1/chat/completions and GET /v1/models`,
  );
}

/** A web page could otherwise reach this port through a name that it resolves to 127.0.0.1 (DNS rebinding). */
function assertLocal(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host) || request.headers.origin !== undefined) {
    throw new HearthError(
      'invalid_request',
      'the sidecar answers local programs only: no Origin header, and a loopback Host',
    );
  }
}

async function serveModels(session: Session, response: ServerResponse): Promise<void> {
  const models = await listModels(session.client);
  writeJson(response, {
    object: 'list',
    data: models.map(({ name, modelDigest, priceCard, nodes }) => ({
      id: name,
      object: 'model',
      created: Math.floor(priceCard.body.validFromMs / 1000),
      owned_by: 'hearth',
      x_market: { modelDigest, nodes },
    })),
  });
}

function writeJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
