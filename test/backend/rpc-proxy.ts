import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** When a request is intercepted: before it reaches the chain, or after the chain has done it and before the caller hears of it. */
export type Moment = 'before' | 'after';

/** JSON-RPC between a backend and its chain, with one place to stop it dead. */
export class RpcProxy {
  private trap: { method: string; moment: Moment; spring: () => Promise<unknown> } | undefined;
  private readonly server: Server;
  private readonly target: string;

  private constructor(target: string) {
    this.target = target;
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.relay(Buffer.concat(chunks).toString()).then(
          (answer) => {
            response.setHeader('content-type', 'application/json');
            response.end(answer);
          },
          () => response.destroy(),
        );
      });
    });
  }

  static async start(target: string): Promise<RpcProxy> {
    const proxy = new RpcProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Runs `spring` once, at the next call of `method`; the caller gets no answer. */
  setTrap(method: string, moment: Moment, spring: () => Promise<unknown>): void {
    this.trap = { method, moment, spring };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async relay(body: string): Promise<string> {
    const sprung = this.trap !== undefined && body.includes(`"${this.trap.method}"`) ? this.trap : undefined;
    if (sprung !== undefined) this.trap = undefined;
    if (sprung?.moment !== 'before') {
      const headers = { 'content-type': 'application/json' };
      const answer = await (await fetch(this.target, { method: 'POST', body, headers })).text();
      if (sprung === undefined) return answer;
    }
    await sprung.spring();
    throw new Error('the caller is gone');
  }
}
