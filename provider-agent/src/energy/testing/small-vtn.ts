import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A utility's server (VTN) as OpenADR 3.1 has it: tokens that end, pages, events that come and go; the secret is `right`. */
export class SmallVtn {
  events: { id: string }[] = [];
  readonly reports: unknown[] = [];
  tokens = 0;
  isUp = true;
  #valid = '';
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  readonly #nowMs: () => number;

  /** @param nowMs its clock, which its answers tell */
  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/openadr3/3.1.0`;
  }

  /** Every token handed out so far is worth nothing any more. */
  revoke(): void {
    this.#valid = '';
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://vtn');
    const path = pathname.replace('/openadr3/3.1.0', '');
    let body = '';
    for await (const chunk of request) body += chunk;
    const say = (value: unknown, status = 200) => {
      response.setHeader('date', new Date(this.#nowMs()).toUTCString());
      response.statusCode = status;
      response.end(JSON.stringify(value));
    };
    if (!this.isUp) return say({}, 503);
    if (path === '/auth/server') return say({ tokenURL: `${this.url}/auth/token` });
    if (path === '/auth/token') {
      const form = new URLSearchParams(body);
      if (form.get('client_secret') !== 'right') return say({ error: 'invalid_client' }, 401);
      this.tokens += 1;
      this.#valid = `token-${this.tokens}`;
      return say({ access_token: this.#valid, token_type: 'bearer', expires_in: 3_600 });
    }
    if (request.headers.authorization !== `Bearer ${this.#valid}`) return say({}, 401);
    const page = <T>(items: readonly T[]) =>
      items.slice(
        Number(searchParams.get('skip')),
        Number(searchParams.get('skip')) + Number(searchParams.get('limit')),
      );
    if (path === '/programs')
      return say(
        page([
          { id: '44', programName: 'peaks' },
          { id: '45', programName: 'other' },
        ]),
      );
    if (path === '/events') return say(searchParams.get('programID') === '44' ? page(this.events) : []);
    this.reports.push(JSON.parse(body));
    say({ id: '1' }, 201);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
