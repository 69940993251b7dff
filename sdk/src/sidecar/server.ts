import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRequest } from '../openai/answer-request.ts';
import { type ApiAnswer, jsonAnswer } from '../openai/api.ts';
import { type ApiOptions, type ApiServer, openApi } from '../openai/api-server.ts';
import { errorAnswer } from '../openai/error-envelope.ts';
import { HearthError } from '../protocol/index.ts';
import { apiRequest, writeAnswer } from './http-adapter.ts';
import { metricsText } from './metrics.ts';
import { statusPage } from './status-page.ts';

export type SidecarOptions = ApiOptions & {
  /** 0 picks a free port. */
  readonly port: number;
};

export type Sidecar = {
  readonly url: string;
  /** Takes no more requests; waits for answers and lines of batches under way until `patience` ends, then breaks them off. */
  stop(patience?: Promise<unknown>): Promise<void>;
  /** Requests under way. */
  running(): number;
};

const MAX_CONNECTIONS = 256;

/**
 * OpenAI-compatible server on the buyer's own loopback: prompts leave this process only sealed, and only to an enclave
 * whose evidence was verified. It is not for a network: no authentication, so it takes only loopback names as Host.
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { port: wantedPort, onFault } = options;
  const api = openApi(options);
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const asked = apiRequest(request, response);
    const served = ownAnswer(api, request)
      .then((own) => own ?? answerRequest(api, asked))
      .then((answer) => writeAnswer(response, answer))
      .catch((error: unknown) => {
        onFault?.(error);
        response.destroy();
      })
      .finally(() => running.delete(served));
    running.add(served);
  });
  server.requestTimeout = 60_000;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => void api.close().then(() => reject(error)));
    server.listen(wantedPort, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    running: () => running.size,
    async stop(patience = Promise.resolve()) {
      const closed = new Promise((resolve) => server.close(resolve));
      const apiClosed = Promise.all(running).then(() => api.close(patience));
      await Promise.race([Promise.all(running), patience]);
      server.closeAllConnections(); // jobs hear that their client is gone
      await closed;
      await apiClosed; // and they have written down what they owe
    },
  };
}

/** What is the server's own to answer: refusals of callers that are not local programs, its health and its figures. */
async function ownAnswer(api: ApiServer, request: IncomingMessage): Promise<ApiAnswer | undefined> {
  if (!isLocal(request))
    return errorAnswer(
      new HearthError(
        'invalid_request',
        'the sidecar answers local programs only: no Origin header, and a loopback Host',
      ),
    );
  if (request.method !== 'GET') return undefined;
  if (request.url === '/health') return jsonAnswer({ ok: true });
  if (request.url === '/status') return statusPage(api, `http://${request.headers.host}`);
  if (request.url !== '/metrics') return undefined;
  const body = new TextEncoder().encode(metricsText(api));
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body };
}

/** A web page could otherwise reach this port through a name that it resolves to 127.0.0.1 (DNS rebinding). */
function isLocal(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  return ['127.0.0.1', 'localhost', '[::1]'].includes(host) && request.headers.origin === undefined;
}
