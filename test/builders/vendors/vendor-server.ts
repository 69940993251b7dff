import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
};

/** Takes the whole response into its own hands: drips, breaks off, lies about lengths. */
export type RawReply = (response: ServerResponse) => void;

export type SeenRequest = {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
};

export type Answer = (request: SeenRequest) => Reply | RawReply | undefined;

/** A vendor's service on this machine: answers by `answer`, except for what a test puts before it, once each. */
export class VendorServer {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #once: Answer[] = [];
  readonly #watchers = new Set<() => void>();
  #answer: Answer;

  private constructor(answer: Answer) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.#reply(request, new Uint8Array(Buffer.concat(chunks)), response));
    });
  }

  static async start(answer: Answer): Promise<VendorServer> {
    const server = new VendorServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answerWith(answer: Answer): void {
    this.#answer = answer;
  }

  /** The next requests get these, in order. */
  once(...answers: readonly (Reply | RawReply)[]): void {
    for (const answer of answers) this.#once.push(() => answer);
  }

  /** Resolves once `count` requests have come in. */
  received(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.seen.length < count) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #reply(incoming: IncomingMessage, body: Uint8Array, response: ServerResponse): void {
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body };
    this.seen.push(request);
    const reply = (this.#once.shift() ?? this.#answer)(request) ?? { status: 404, body: '' };
    if (typeof reply === 'function') reply(response);
    else response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
    for (const watcher of this.#watchers) watcher();
  }
}
