import type { SlotFeed } from './price-slot.ts';

export type FeedRequest = {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** What a feed looks like on the wire; parsing is pure and knows no network. */
export type FeedFormat<Slot> = {
  request(fromMs: number): FeedRequest;
  /** @throws where the answer is not what the feed promises */
  parse(body: string): Slot[];
  /** Address of the next page. */
  next?(body: string): string | undefined;
};

const MAX_PAGES = 20;
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export function httpFeed<Slot>(name: string, format: FeedFormat<Slot>): SlotFeed<Slot> {
  return {
    async fetchSlots(fromMs, signal) {
      const slots: Slot[] = [];
      let request: FeedRequest | undefined = format.request(fromMs);
      for (let page = 0; request !== undefined && page < MAX_PAGES; page += 1) {
        const body = await fetchText(name, request, signal);
        slots.push(...format.parse(body));
        const url: string | undefined = format.next?.(body);
        request = url === undefined ? undefined : { ...request, url };
      }
      return slots;
    },
  };
}

async function fetchText(name: string, request: FeedRequest, signal: AbortSignal): Promise<string> {
  const { url, method = 'GET', headers, body } = request;
  const response = await fetch(url, { method, signal, ...(headers && { headers }), ...(body && { body }) });
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  const text = await response.text();
  if (text.length > MAX_BODY_BYTES)
    throw new Error(`${name}: ${text.length} bytes are more than a tariff needs`);
  return text;
}

/** @throws RangeError */
export function instant(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`expected an ISO 8601 instant, got "${text}"`);
  return ms;
}
