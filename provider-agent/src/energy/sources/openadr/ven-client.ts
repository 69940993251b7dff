import { z } from 'zod';
import { authServer, program, token, type VenEvent, venEvent } from './ven-schemas.ts';

export type VenOptions = {
  /** Base address of the VTN, e.g. `https://vtn.example.com/openadr3/3.1.0` */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly programName?: string | undefined;
};

const PAGE = 50;
const MAX_PAGES = 40;
/** Clocks that differ by less say the same, for events of minutes. */
const SKEW_MS = 60_000;
/** A token is renewed this long before it ends. */
const EARLY_MS = 30_000;

/** The HTTP side of an OpenADR 3.1 VEN: OAuth2 client credentials, paging, reports. */
export class VenClient {
  readonly #options: VenOptions;
  #aheadMs = 0;
  #token: { readonly text: string; readonly endsAtMs: number } | undefined;

  constructor(options: VenOptions) {
    this.#options = options;
  }

  /** How far the VTN's clock is before ours, by its answers; 0 within a minute. */
  get aheadMs(): number {
    return Math.abs(this.#aheadMs) < SKEW_MS ? 0 : this.#aheadMs;
  }

  async events(nowMs: number, signal: AbortSignal): Promise<VenEvent[]> {
    const programs = await this.#programs(nowMs, signal);
    const found: VenEvent[] = [];
    for (const programID of programs)
      found.push(...(await this.#pages('/events', { programID, active: 'true' }, venEvent, nowMs, signal)));
    return found;
  }

  async report(report: object, nowMs: number, signal: AbortSignal): Promise<void> {
    await this.#call('/reports', nowMs, signal, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
    });
  }

  async #programs(nowMs: number, signal: AbortSignal): Promise<string[]> {
    const { programName } = this.#options;
    const all = await this.#pages('/programs', {}, program, nowMs, signal);
    const mine = all.filter((each) => programName === undefined || each.programName === programName);
    if (mine.length === 0) throw new Error(`OpenADR: no program "${programName}" at ${this.#options.url}`);
    return mine.map(({ id }) => id);
  }

  async #pages<Item>(
    path: string,
    query: Record<string, string>,
    schema: z.ZodType<Item>,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<Item[]> {
    const items: Item[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const parameters = new URLSearchParams({ ...query, skip: String(items.length), limit: String(PAGE) });
      const response = await this.#call(`${path}?${parameters}`, nowMs, signal);
      const found = z.array(schema).parse(await response.json());
      items.push(...found);
      if (found.length < PAGE) return items;
    }
    throw new Error(`OpenADR ${path}: more than ${MAX_PAGES * PAGE} are not read`);
  }

  async #call(path: string, nowMs: number, signal: AbortSignal, init: RequestInit = {}): Promise<Response> {
    for (const isLast of [false, true]) {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${await this.#bearer(nowMs, signal)}`);
      const response = await fetch(`${this.#options.url}${path}`, { ...init, headers, signal });
      this.#aheadMs = Date.parse(response.headers.get('date') ?? '') - nowMs || 0;
      if (response.ok) return response;
      if (response.status !== 401 || isLast)
        throw new Error(`OpenADR ${path.split('?')[0]}: HTTP ${response.status}`);
      this.#token = undefined; // revoked before its time
    }
    throw new Error('unreachable');
  }

  async #bearer(nowMs: number, signal: AbortSignal): Promise<string> {
    if (this.#token && nowMs < this.#token.endsAtMs) return this.#token.text;
    const { url, clientId, clientSecret } = this.#options;
    const where = authServer.parse(await json(await fetch(`${url}/auth/server`, { signal }), 'auth/server'));
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const answer = await fetch(new URL(where.tokenURL, `${url}/`), { method: 'POST', body, signal });
    const { access_token: text, expires_in: seconds = 3_600 } = token.parse(await json(answer, 'token'));
    this.#token = { text, endsAtMs: nowMs + Math.max(0, seconds * 1_000 - EARLY_MS) };
    return text;
  }
}

async function json(response: Response, what: string): Promise<unknown> {
  if (!response.ok) throw new Error(`OpenADR ${what}: HTTP ${response.status}`);
  return response.json();
}
