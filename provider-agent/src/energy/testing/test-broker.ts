import { once } from 'node:events';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { mosquittoProgram, startMosquitto } from './mosquitto.ts';

/** Hears of every message that a client sends to the broker. */
export type OnPublished = (clientId: string, topic: string) => void;

/** A broker on loopback that writes down who published what: Debian's mosquitto where it is installed, else one of npm's. */
export class TestBroker {
  readonly published: string[] = [];
  readonly #waiting = new Set<() => void>();
  #port = 0;
  #stop: () => Promise<void> = async () => {};

  /** Again on the same port after a stop. */
  async start(): Promise<void> {
    this.#port ||= await freePort();
    const onPublished: OnPublished = (clientId, topic) => {
      this.published.push(`${clientId} ${topic}`);
      for (const look of this.#waiting) look();
    };
    this.#stop = mosquittoProgram
      ? await startMosquitto(mosquittoProgram, this.#port, onPublished)
      : await startAedes(this.#port, onPublished);
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  /** Resolves when it has written down so many messages: its log comes after its answers. */
  heard(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.published.length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startAedes(port: number, onPublished: OnPublished): Promise<() => Promise<void>> {
  const aedes = await Aedes.createBroker();
  aedes.authorizePublish = (client, packet, done) => {
    onPublished(String(client?.id), packet.topic);
    done(null);
  };
  const server = createServer(aedes.handle);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
}
