import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What an operator puts before the replicas of its backend: each connection goes to the first of them that answers. Knows
 * TCP and nothing else.
 */
export class FrontDoor {
  readonly url: string;
  readonly #server: Server;
  readonly #targets: readonly URL[];
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, targets: readonly string[]) {
    this.#server = server;
    this.#targets = targets.map((target) => new URL(target));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => void this.#carry(socket));
  }

  /** @param targets URLs of the replicas, the preferred first */
  static async start(targets: readonly string[]): Promise<FrontDoor> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FrontDoor(server, targets);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #carry(from: Socket): Promise<void> {
    this.#keep(from);
    for (const { hostname, port } of this.#targets) {
      const to = this.#keep(connect({ host: hostname, port: Number(port) }));
      if (!(await isOpen(to))) continue;
      from.pipe(to).pipe(from);
      from.on('close', () => to.destroy());
      to.on('close', () => from.destroy()); // a replica that died ends what it carried, at once
      if (from.destroyed) to.destroy();
      return;
    }
    from.destroy();
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

function isOpen(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}
