import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const MAX_JOBS = 64;

/** A Shelly plug before a simulated node, which draws power for each job that it is told of (`PUT /jobs`, a number). */
export class Plug {
  readonly #idleW: number;
  readonly #wattsPerJob: number;
  #runningJobs = 0;
  #readings = 0;

  constructor(idleW: number, wattsPerJob: number) {
    this.#idleW = idleW;
    this.#wattsPerJob = wattsPerJob;
  }

  get watts(): number {
    return this.#idleW + this.#runningJobs * this.#wattsPerJob;
  }

  /** No meter repeats itself to the last digit. */
  #measured(): number {
    this.#readings += 1;
    return this.watts + (this.#readings % 5) / 10;
  }

  /** @returns `host:port` */
  async serve(port: number): Promise<{ readonly host: string; stop(): Promise<void> }> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return {
      host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      stop: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'PUT' && request.url === '/jobs') {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      this.#runningJobs = Math.max(0, Math.min(MAX_JOBS, Number(text) || 0));
      response.writeHead(204).end();
    } else if (request.url === '/rpc/Switch.GetStatus?id=0') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 0, output: true, apower: this.#measured() }));
    } else response.writeHead(404).end();
  }
}
