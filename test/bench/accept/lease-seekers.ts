import type { Hex } from '@hearth/attestation/receipt';
import { openOrder, type Session } from '@hearth/sdk';
import type { HearthError } from '@hearth/sdk/protocol';
import type { Market } from '../../market/market.ts';
import type { AcceptLoad } from '../accept.ts';
import { RelayBuyer } from '../gateway/relay-buyer.ts';

/** A gateway gives one order no more unused leases than this at once. */
const LEASES_PER_ORDER = 15;
/** And one API key 20 requests a second, 60 at once. */
const REQUESTS_PER_KEY_AND_SECOND = 10;
/** As the SDK does. */
const LOOKS = 30;
const LOOK_AGAIN_MS = 400;
const ORDER_MICRO_USD = 2_000_000n;

/** Buyers with funded orders, ready to ask. */
export interface Seekers {
  readonly buyer: RelayBuyer;
  readonly sessions: readonly Session[];
  readonly apiKeys: readonly string[];
}

/** What became of one request. Times in milliseconds from the moment that it should have been sent. */
export interface Sought {
  readonly isWarmUp: boolean;
  /** Requests that it took: a market without a bid gets another look. */
  readonly looks: number;
  /** The newest checkpoint that it cites was there. */
  readonly citedMs: number;
  /** The node had signed its ACCEPT, by the one clock of this machine; to the millisecond. */
  readonly acceptedMs: number | undefined;
  /** The gateway had that ACCEPT; hold, clearing and lease were still to be stored. */
  readonly heardMs: number | undefined;
  /** The grant was there. */
  readonly grantedMs: number | undefined;
  readonly failure: string | undefined;
}

export async function openSeekers(market: Market, requests: number): Promise<Seekers> {
  const client = market.buyer();
  const orders = Math.ceil(requests / LEASES_PER_ORDER);
  await client.chain.deposit(ORDER_MICRO_USD * BigInt(orders));
  const sessions: Session[] = [];
  while (sessions.length < orders)
    sessions.push((await openOrder(client, { maxSpendMicroUsd: ORDER_MICRO_USD })).session);
  const buyer = new RelayBuyer(market);
  const apiKeys = await Promise.all(Array.from({ length: 8 }, () => buyer.apiKey()));
  return { buyer, sessions, apiKeys };
}

/** Open loop: each request leaves at its time, whether or not earlier ones have been answered. */
export async function seekLeases(seekers: Seekers, modelDigest: Hex, load: AcceptLoad): Promise<Sought[]> {
  const { requestsPerSecond, seconds, warmUpSeconds } = load;
  if (requestsPerSecond > seekers.apiKeys.length * REQUESTS_PER_KEY_AND_SECOND)
    throw new RangeError(
      `${requestsPerSecond} requests a second: too many for ${seekers.apiKeys.length} keys`,
    );
  const startAtMs = Date.now();
  const requests: Promise<Sought>[] = [];
  for (let index = 0; index < requestsPerSecond * (seconds + warmUpSeconds); index += 1) {
    const atMs = startAtMs + (index * 1000) / requestsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - Date.now())));
    requests.push(seek(seekers, modelDigest, index, atMs, index < requestsPerSecond * warmUpSeconds));
  }
  return Promise.all(requests);
}

async function seek(
  { buyer, sessions, apiKeys }: Seekers,
  modelDigest: Hex,
  index: number,
  atMs: number,
  isWarmUp: boolean,
): Promise<Sought> {
  const since = (ms: number) => ms - atMs;
  const now = () => performance.timeOrigin + performance.now();
  const session = sessions[index % sessions.length] as Session;
  const apiKey = apiKeys[index % apiKeys.length] as string;
  for (let looks = 1; ; looks += 1) {
    let citedMs = Number.NaN;
    try {
      const checkpoint = await buyer.checkpoint();
      citedMs = since(now());
      const { accept, lease } = await buyer.lease(session, modelDigest, apiKey, checkpoint);
      const grantedMs = since(now());
      const acceptedMs = since(accept.body.acceptedAtMs);
      const heardMs = since(lease.body.grantedAtMs);
      return { isWarmUp, looks, citedMs, acceptedMs, heardMs, grantedMs, failure: undefined };
    } catch (error) {
      const { code, message } = error as HearthError;
      if (code !== 'no_bid' || looks === LOOKS) {
        const nothing = { acceptedMs: undefined, heardMs: undefined, grantedMs: undefined };
        return { isWarmUp, looks, citedMs, ...nothing, failure: `${code}: ${message.slice(0, 120)}` };
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }
}
