import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** The bytes of one HTTP response exactly as they came over the socket, chunk headers and all. */
export async function recordResponse(url: string, body: object): Promise<Buffer> {
  const { hostname, port, pathname } = new URL(url);
  const json = JSON.stringify(body);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  socket.destroy();
  return Buffer.concat(chunks);
}

/** How a connection ends that breaks: with a clean FIN, as from a proxy that lost its upstream, or with a reset. */
export type Break = 'end' | 'reset';

/**
 * A server that answers every request with the first bytes of a recorded response and then breaks the connection. How many
 * is in the path, `/<break>/<bytes>/v1/…`, so that clients can be cut in different places side by side.
 */
export class CutServer {
  readonly #server;
  readonly #open = new Set<Socket>();
  /** By the path behind `/v1`: what is being cut. */
  readonly responses = new Map<string, Buffer>();

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async start(): Promise<CutServer> {
    const server = new CutServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  baseUrl(bytes: number, how: Break): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${how}/${bytes}/v1`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket)).on('error', () => {});
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      if (isWhole(received)) this.#answer(socket, received);
    });
  }

  #answer(socket: Socket, request: string): void {
    const [, how, bytes, path = ''] = /^POST \/(end|reset)\/(\d+)\/v1(\S+) /.exec(request) ?? [];
    const response = this.responses.get(path)?.subarray(0, Number(bytes));
    if (!response) return void socket.destroy();
    socket.write(response, () => (how === 'reset' ? socket.resetAndDestroy() : socket.end()));
  }
}

function isWhole(request: string): boolean {
  const end = request.indexOf('\r\n\r\n');
  const [, length] = /content-length: (\d+)/i.exec(request.slice(0, end)) ?? [];
  return end >= 0 && request.length >= end + 4 + Number(length ?? 0);
}
