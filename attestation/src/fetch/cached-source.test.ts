import { expect, test } from '@jest/globals';
import { createCachedSource } from './cached-source.ts';
import { CollateralFetchError } from './errors.ts';
import { defaultCacheLimits } from './limits.ts';
import type { CollateralRequest } from './request.ts';
import type { CollateralItem, CollateralSource } from './source.ts';

const startSec = 1_000_000;
const rim = (id: string): CollateralRequest => ({ kind: 'nvidia-rim', id: `NV_${id}` });

/** Answers 10 bytes that hold for 100 s, and counts. */
function world(limits: Partial<typeof defaultCacheLimits> = {}, validForSec: number | 'for ever' = 100) {
  let nowSec = startSec;
  const asked: CollateralRequest[] = [];
  const source: CollateralSource = {
    fetch: async (request): Promise<CollateralItem> => {
      asked.push(request);
      return {
        request,
        bytes: new Uint8Array(10),
        issuerChainPem: undefined,
        fetchedAtUnixSec: nowSec,
        validUntilUnixSec: validForSec === 'for ever' ? undefined : nowSec + validForSec,
        origin: 'test',
      };
    },
  };
  const clock = { nowMs: () => nowSec * 1000 };
  const cached = createCachedSource(source, clock, { ...defaultCacheLimits, ...limits });
  return { asked, cached, pass: (sec: number) => (nowSec += sec) };
}

test('an answer is remembered until its own end, and not a second longer', async () => {
  const { asked, cached, pass } = world();
  await cached.fetch(rim('A'));
  pass(100);
  await cached.fetch(rim('A'));
  expect(asked).toHaveLength(1);
  pass(1);
  await cached.fetch(rim('A'));
  expect(asked).toHaveLength(2);
});

test.each<[string, number | 'for ever']>([
  ['names a far end', 1e9],
  ['names no end', 'for ever'],
])('an answer that %s is remembered for the age allowed to its kind', async (_name, validForSec) => {
  const { asked, cached, pass } = world({}, validForSec);
  await cached.fetch(rim('A'));
  pass(defaultCacheLimits.maxAgeSec['nvidia-rim']);
  await cached.fetch(rim('A'));
  expect(asked).toHaveLength(1);
  pass(1);
  await cached.fetch(rim('A'));
  expect(asked).toHaveLength(2);
});

test('a refresh asks again, and its answer is what is remembered', async () => {
  const { asked, cached } = world();
  await cached.fetch(rim('A'));
  const second = await cached.fetch(rim('A'), { refresh: true });
  expect(asked).toHaveLength(2);
  expect(await cached.fetch(rim('A'))).toBe(second);
});

test('the least recently used entry goes first when there are too many', async () => {
  const { asked, cached } = world({ maxEntries: 2 });
  for (const id of ['A', 'B', 'A', 'C', 'A', 'B']) await cached.fetch(rim(id));
  expect(asked).toEqual([rim('A'), rim('B'), rim('C'), rim('B')]);
});

test('the bytes held are bounded too', async () => {
  const { asked, cached } = world({ maxBytes: 25 });
  for (const id of ['A', 'B', 'C', 'B', 'A']) await cached.fetch(rim(id));
  expect(asked).toEqual([rim('A'), rim('B'), rim('C'), rim('A')]);
});

test('an answer larger than the whole cache passes through', async () => {
  const { asked, cached } = world({ maxBytes: 5 });
  await cached.fetch(rim('A'));
  await cached.fetch(rim('A'));
  expect(asked).toHaveLength(2);
});

test('an OCSP answer to a nonce is never used again, one without is', async () => {
  const { asked, cached } = world();
  const hash = `0x${'ab'.repeat(48)}` as const;
  const ocsp: CollateralRequest = {
    kind: 'nvidia-ocsp',
    issuerNameSha384: hash,
    issuerKeySha384: hash,
    serial: '0x01',
  };
  const withNonce: CollateralRequest = { ...ocsp, nonce: `0x${'cd'.repeat(32)}` };
  for (const request of [ocsp, ocsp, withNonce, withNonce]) await cached.fetch(request);
  expect(asked).toEqual([ocsp, withNonce, withNonce]);
});

test('requests under way are shared, a failure by all who waited, and not remembered', async () => {
  let fails = true;
  let count = 0;
  const failing: CollateralSource = {
    fetch: async (request) => {
      count += 1;
      if (fails) throw new CollateralFetchError('unavailable', 'test');
      return {
        request,
        bytes: new Uint8Array(1),
        issuerChainPem: undefined,
        fetchedAtUnixSec: startSec,
        validUntilUnixSec: undefined,
        origin: 'test',
      };
    },
  };
  const cached = createCachedSource(failing, { nowMs: () => startSec * 1000 });
  const outcomes = await Promise.allSettled([cached.fetch(rim('A')), cached.fetch(rim('A'))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(count).toBe(1);
  fails = false;
  await cached.fetch(rim('A'));
  expect(count).toBe(2);
});

test('more requests at once than allowed are refused, not queued', async () => {
  const { cached } = world({ maxFlights: 1 });
  const first = cached.fetch(rim('A'));
  await expect(cached.fetch(rim('B'))).rejects.toMatchObject({ code: 'overloaded', reaction: 'retry-later' });
  await first;
  await cached.fetch(rim('B'));
});
