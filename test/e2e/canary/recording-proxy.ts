import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { isUpgrade, webSocketPayload } from './web-socket-frames.ts';

type Connection = { readonly client: Socket; readonly sent: Buffer[]; readonly received: Buffer[] };

/** A wiretap on one socket: passes everything on and keeps it. */
export class RecordingProxy {
  readonly #server: Server;
  readonly #connections: Connection[] = [];
  readonly #open = new Set<Socket>();

  private constructor(target: NetConnectOpts) {
    this.#server = createServer((client) => this.#tap(client, connect(target)));
  }

  /** Taps a TCP server at a URL; `url` is where to go instead. */
  static async startTcp(targetUrl: string): Promise<RecordingProxy & { readonly url: string }> {
    const target = new URL(targetUrl);
    const proxy = new RecordingProxy({ host: target.hostname, port: Number(target.port) });
    await proxy.#listen({ host: '127.0.0.1', port: 0 });
    target.host = `127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    return Object.assign(proxy, { url: target.href.replace(/\/$/, '') });
  }

  /** Taps a Unix socket, from another one. */
  static async startUnix(targetPath: string, path: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy({ path: targetPath });
    await proxy.#listen({ path });
    return proxy;
  }

  /** Holds back what the clients of WebSocket connections send, until `release`. */
  hold(): void {
    for (const { client, sent } of this.#connections) if (isUpgrade(Buffer.concat(sent))) client.pause();
  }

  release(): void {
    for (const { client } of this.#connections) client.resume();
  }

  /** All that passed: each direction of each connection as it was, and WebSocket messages unmasked and joined. */
  recorded(): Buffer[] {
    return this.#connections.flatMap((connection) => {
      const directions = [Buffer.concat(connection.sent), Buffer.concat(connection.received)];
      const isWebSocket = isUpgrade(directions[0] as Buffer);
      return isWebSocket ? [...directions, ...directions.map(webSocketPayload)] : directions;
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #listen(where: { host: string; port: number } | { path: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(where, resolve);
    });
  }

  #tap(client: Socket, server: Socket): void {
    const connection: Connection = { client, sent: [], received: [] };
    this.#connections.push(connection);
    this.#pass(client, server, connection.sent);
    this.#pass(server, client, connection.received);
  }

  #pass(from: Socket, to: Socket, record: Buffer[]): void {
    this.#open.add(from);
    from.on('data', (bytes: Buffer) => {
      record.push(bytes);
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('error', () => to.destroy()); // one end is gone, and so is the other
    from.on('close', () => {
      this.#open.delete(from);
      to.end();
    });
  }
}
