import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';

/** A broker in this process that writes down who published what. */
export class TestBroker {
  readonly published: string[] = [];
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #port = 0;

  /** Again on the same port after a stop. */
  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    aedes.authorizePublish = (client, packet, done) => {
      this.published.push(`${client?.id} ${packet.topic}`);
      done(null);
    };
    this.#aedes = aedes;
    this.#server = createServer(aedes.handle);
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes?.close(() => resolve()));
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }
}
