import { CollateralFetchError } from './errors.ts';
import { type CacheLimits, defaultCacheLimits } from './limits.ts';
import { type Clock, nowUnixSec } from './ports.ts';
import { type CollateralRequest, checkRequest, describeRequest, requestKey } from './request.ts';
import type { CollateralItem, CollateralSource } from './source.ts';

/**
 * Remembers answers until they end or age, the least recently used going first, and lets equal requests that come
 * while one is under way share its answer. Failures are not remembered: the rate limiter keeps those apart.
 */
export function createCachedSource(
  source: CollateralSource,
  clock: Clock,
  limits: CacheLimits = defaultCacheLimits,
): CollateralSource {
  const entries = new Map<string, CollateralItem>();
  const flights = new Map<string, Promise<CollateralItem>>();
  let bytesHeld = 0;

  const forget = (key: string): void => {
    bytesHeld -= entries.get(key)?.bytes.length ?? 0;
    entries.delete(key);
  };

  const remember = (key: string, item: CollateralItem): void => {
    forget(key);
    if (!isCacheable(item.request) || item.bytes.length > limits.maxBytes) return;
    entries.set(key, item);
    bytesHeld += item.bytes.length;
    for (const oldest of entries.keys()) {
      if (entries.size <= limits.maxEntries && bytesHeld <= limits.maxBytes) break;
      forget(oldest);
    }
  };

  const recall = (key: string): CollateralItem | undefined => {
    const item = entries.get(key);
    if (item === undefined) return undefined;
    if (!isFresh(item, nowUnixSec(clock), limits)) {
      forget(key);
      return undefined;
    }
    entries.delete(key);
    entries.set(key, item);
    return item;
  };

  const fly = (key: string, request: CollateralRequest): Promise<CollateralItem> => {
    const underWay = flights.get(key);
    if (underWay !== undefined) return underWay;
    if (flights.size >= limits.maxFlights) {
      throw new CollateralFetchError('overloaded', describeRequest(request), {
        expected: `fewer than ${limits.maxFlights} requests under way`,
      });
    }
    const flight = source
      .fetch(request, { refresh: true })
      .then((item) => {
        remember(key, item);
        return item;
      })
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };

  return {
    fetch: async (unchecked, { refresh = false } = {}) => {
      const request = checkRequest(unchecked);
      const key = requestKey(request);
      const known = refresh ? undefined : recall(key);
      return known ?? fly(key, request);
    },
  };
}

/** An answer with a nonce serves one question. */
function isCacheable(request: CollateralRequest): boolean {
  return request.kind !== 'nvidia-ocsp' || request.nonce === undefined;
}

/** Never past the end that the content names, and never older than this side wants it. */
function isFresh(item: CollateralItem, atUnixSec: number, { maxAgeSec }: CacheLimits): boolean {
  const { validUntilUnixSec = Number.POSITIVE_INFINITY, fetchedAtUnixSec, request } = item;
  return atUnixSec <= validUntilUnixSec && atUnixSec - fetchedAtUnixSec <= maxAgeSec[request.kind];
}
