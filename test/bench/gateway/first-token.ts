import { join } from 'node:path';
import { createFetch, type OpenAiFetch } from '@hearth/sdk';
import { openSession } from '../../e2e/open-market.ts';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { ember } from '../../market/catalogue.ts';
import { startFleet } from '../../market/fleet/fleet.ts';
import { startProcess } from '../../market/managed-process.ts';
import type { Market } from '../../market/market.ts';
import { releaseOf } from '../../market/release.ts';
import { scriptPath } from './script-path.ts';

/** Streams at a time, tokens of each answer, and how many answers each stream takes, one after the other. */
export interface StreamLoad {
  readonly streams: number;
  readonly tokens: number;
  readonly answers: number;
}

export interface FirstTokens extends StreamLoad {
  /** Milliseconds from the call to the first text of its answer, call by call. */
  readonly plainMs: readonly number[];
  readonly sealedMs: readonly number[];
}

/** As a quick home writes: 40 tokens a second. */
export const MS_PER_TOKEN = 25;
const SLOTS = 64;
/** Not counted, on either side: processes that serve buyers have done so before, and their code is compiled. */
const WARM_UP: StreamLoad = { streams: 1, tokens: 1, answers: 600 };
/** Cheaper than the home whose jobs the relay carried, and dearer than those that slow readers ask. */
const MULTIPLIER_PPM = 950_000;
const ORDER_MICRO_USD = 100_000_000n;

/**
 * Time to the first token through the whole sealed path, and of the same stream in the clear through a plain proxy: SDK,
 * gateway, host and enclave are the production ones, the model is a script, and so is the far end of the plain path.
 */
export async function measureFirstTokens(
  parts: Lifecycle,
  tell: (progress: string) => void,
  { market, dir }: { market: Market; dir: string },
  { loads, rounds }: { loads: readonly StreamLoad[]; rounds: number },
): Promise<FirstTokens[]> {
  await startHome(parts, market, dir);
  const most = Math.max(...loads.map(({ streams }) => streams));
  const sealed = await openOrders(parts, market, most);
  const plainUrl = await startPlain(parts, dir);
  const sides = {
    plain: (tokens: number) => firstToken(fetch, plainUrl, tokens),
    sealed: (tokens: number, stream: number) =>
      firstToken(
        (sealed[Math.floor(stream / STREAMS_PER_ORDER)] as OpenAiFetch).fetch,
        'http://sealed',
        tokens,
      ),
  };
  await prepareLeases(sides.sealed, most);
  tell(`${most} leases`);
  for (const side of ['plain', 'sealed'] as const) await ask(sides[side], WARM_UP);
  tell('warm');
  const measured = loads.map((load) => ({ ...load, plainMs: [] as number[], sealedMs: [] as number[] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const figures of measured) {
      const order = round % 2 === 0 ? (['sealed', 'plain'] as const) : (['plain', 'sealed'] as const);
      for (const side of order) figures[`${side}Ms`].push(...(await ask(sides[side], figures)));
    }
    tell(`round ${round} of ${rounds}`);
  }
  return measured;
}

/** So many streams share an order: the gateway bounds the leases of one that have no job on them. */
const STREAMS_PER_ORDER = 8;

async function openOrders(parts: Lifecycle, market: Market, streams: number): Promise<OpenAiFetch[]> {
  const orders: OpenAiFetch[] = [];
  while (orders.length * STREAMS_PER_ORDER < streams) {
    const sealed = createFetch({ session: await openSession(market.buyer(), ORDER_MICRO_USD) });
    parts.add('sealed fetch', { stop: () => sealed.close() });
    orders.push(sealed);
  }
  return orders;
}

type Ask = (tokens: number, stream: number) => Promise<number>;

/** Streams begin evenly spread over the time that one answer takes: buyers do not call at the same instant. */
async function ask(side: Ask, { streams, tokens, answers }: StreamLoad): Promise<number[]> {
  const perStream = Array.from({ length: streams }, async (_, index) => {
    await pause((index * tokens * MS_PER_TOKEN) / streams);
    const times: number[] = [];
    while (times.length < answers) times.push(await side(tokens, index));
    return times;
  });
  return (await Promise.all(perStream)).flat();
}

/** As many jobs at once as there will be streams, order by order: from then on every lease is one that the SDK keeps. */
async function prepareLeases(side: Ask, streams: number): Promise<void> {
  for (let first = 0; first < streams; first += STREAMS_PER_ORDER) {
    const ofOrder: Ask = (tokens, stream) => side(tokens, first + stream);
    await ask(ofOrder, { streams: STREAMS_PER_ORDER, tokens: 100, answers: 1 });
  }
}

const FIRST_TEXT = /"content":"[^"]/;

async function firstToken(send: OpenAiFetch['fetch'], url: string, tokens: number): Promise<number> {
  const startedAt = performance.now();
  const response = await send(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: ember.name,
      messages: [{ role: 'user', content: 'What is remote attestation?' }],
      max_tokens: tokens,
      stream: true,
    }),
  });
  if (response.status !== 200 || !response.body)
    throw new Error(`${url}: expected a stream, got ${response.status} ${await response.text()}`);
  let firstMs: number | undefined;
  const decoder = new TextDecoder(); // a stream that decodes takes more of a core than the answer's way does
  let text = '';
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (firstMs === undefined && FIRST_TEXT.test(text)) firstMs = performance.now() - startedAt;
  }
  const words = text.split('word ').length - 1;
  if (firstMs === undefined || words !== tokens || !text.endsWith('data: [DONE]\n\n'))
    throw new Error(`${url}: expected ${tokens} tokens and the end, got ${words}: ${text.slice(-200)}`);
  return firstMs;
}

async function startHome(parts: Lifecycle, market: Market, dir: string): Promise<void> {
  const { manifest } = await releaseOf(ember, dir);
  await startFleet(parts, {
    dir: join(dir, 'fleet'),
    ...market,
    agents: 1,
    processes: 1,
    slots: SLOTS,
    model: ember,
    manifest,
    gatewayUrlsOf: () => [market.gatewayUrl],
    multiplierPpmOf: () => MULTIPLIER_PPM,
    answer: { tokens: Array.from({ length: 256 }, () => 'word '), msPerToken: MS_PER_TOKEN },
  });
}

async function startPlain(parts: Lifecycle, dir: string): Promise<string> {
  const start = async (name: string, argument: string) => {
    const args = [scriptPath(name), argument];
    const started = await parts.start(name, startProcess({ name: `${name}-2`, args, logDir: dir }));
    const { url } = await started.until('ready', (line) => line['ready'] === true);
    return String(url);
  };
  return start('plain-proxy', await start('token-upstream', String(MS_PER_TOKEN)));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
