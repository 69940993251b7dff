import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  bytes32,
  directEnclavePath,
  directGrant,
  directLeaseRequest,
  enclaveStatement,
  HearthError,
  leaseIdHeader,
  leaseRelease,
  parseJson,
  routes,
  sealedJobContentType,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import { AgentError } from '../../agent-error.ts';
import type { DirectDesk } from './direct-desk.ts';
import type { DirectJobs } from './direct-jobs.ts';
import { Pace } from './pace.ts';
import { sendJson } from './send-json.ts';

export type DirectAddress = { readonly host: string; readonly port: number };

/** Strangers reach this port: everything about it is bounded. */
const LIMITS = {
  connections: 128,
  headerBytes: 8 * 1024,
  headersMs: 10_000,
  /** A request must be whole by then; its answer may take as long as it takes. */
  requestMs: 60_000,
  idleMs: 15_000,
  leaseBytes: 64 * 1024,
} as const;

/** The node's own door, for buyers whom no gateway answers. No TLS of its own: jobs are sealed end to end. */
export class DirectServer {
  readonly #desk: DirectDesk;
  readonly #jobs: DirectJobs;
  readonly #pace: Pace;
  readonly #server: Server;

  constructor(desk: DirectDesk, jobs: DirectJobs, nowMs: () => number) {
    this.#desk = desk;
    this.#jobs = jobs;
    this.#pace = new Pace(nowMs);
    this.#server = createServer({
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.headersMs,
      requestTimeout: LIMITS.requestMs,
      keepAliveTimeout: LIMITS.idleMs,
    });
    this.#server.maxConnections = LIMITS.connections;
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#serve(request, response).catch((error: unknown) => {
        const known = error instanceof HearthError ? error : new HearthError('internal', 'the node failed');
        sendJson(response, known.httpStatus, known.toJSON());
      });
    });
  }

  /** @throws AgentError `port_taken` */
  async listen({ host, port }: DirectAddress): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(
          new AgentError('port_taken', `direct: ${host}:${port}: ${(cause as Error).message}`, { cause }),
        ),
      );
      this.#server.listen(port, host, resolve);
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = `${request.method} ${request.url}`;
    this.#pace.take(request.socket.remoteAddress ?? '');
    const [path, query] = target.split('?');
    if (path === `GET ${directEnclavePath}`) {
      const model = bytes32.optional().safeParse(new URLSearchParams(query).get('model') ?? undefined);
      if (!model.success) throw new HearthError('invalid_request', 'model: expected its digest');
      return say(response, enclaveStatement, this.#desk.statementOf(model.data));
    }
    if (target === `POST ${routes.leases}`) {
      return say(response, directGrant, await this.#desk.grant(await readBody(request, directLeaseRequest)));
    }
    if (target === `POST ${routes.leaseReleases}`) {
      this.#desk.release(await readBody(request, leaseRelease));
      response.writeHead(204).end();
      return;
    }
    if (target === `POST ${routes.jobs}`) return this.#serveJob(request, response);
    throw new HearthError('not_found', `${target}: this node serves enclave, leases and jobs`);
  }

  #serveJob(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers['content-type'] !== sealedJobContentType)
      throw new HearthError('invalid_request', `content-type: expected ${sealedJobContentType}`);
    const leaseId = bytes32.safeParse(request.headers[leaseIdHeader]).data;
    if (!leaseId) throw new HearthError('lease_invalid', `${leaseIdHeader}: expected a lease id`);
    this.#jobs.serve(request, response, leaseId);
  }
}

function say<S extends z.ZodType>(response: ServerResponse, schema: S, value: z.output<S>): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(z.encode(schema, value)));
}

async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const asked = schema.safeParse(parseJson(await readText(request, LIMITS.leaseBytes)));
  if (asked.success) return asked.data;
  const [issue] = asked.error.issues;
  throw new HearthError('invalid_request', `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new HearthError('too_large', `request: expected at most ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
