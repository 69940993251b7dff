import { gzipSync } from 'node:zlib';
import { createCachedSource, createNetworkSource } from '@hearth/attestation/fetch';
import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import { afterEach, expect, test } from '@jest/globals';
import { intelService } from '../builders/vendors/intel-service.ts';
import type { RawReply, Reply } from '../builders/vendors/vendor-server.ts';
import { createFetchWorld, type FetchWorld, failure, limits } from './fetch-world.ts';

const atUnixSec = Date.UTC(2026, 10, 21) / 1000;
const platform = createSimulatedPlatform({ seed: 'http', atUnixSec });
const good = intelService('tdx', platform.collateral());
const rootCrl = { kind: 'intel-root-crl' } as const;
const tcbInfo = { kind: 'intel-tcb-info', tee: 'tdx', fmspc: platform.fmspc } as const;
const crlType = { 'Content-Type': 'application/pkix-crl' };

let world: FetchWorld | undefined;
afterEach(async () => {
  await world?.server.stop();
  world = undefined;
});

async function open(rate?: { intervalMs: number; burst: number }): Promise<FetchWorld> {
  world = await createFetchWorld(good, atUnixSec, rate);
  return world;
}

const isBackoff = (delayMs: number): boolean => delayMs !== limits.attemptTimeoutMs;
const isTimeout = (delayMs: number): boolean => delayMs === limits.attemptTimeoutMs;

const silence: RawReply = () => undefined;
const drip: RawReply = (response) => {
  response.writeHead(200, crlType).write('0');
};

test.each<[string, RawReply]>([
  ['never comes', silence],
  ['drips', drip],
])(
  'an answer that %s is given up after the timeout, tried again and named in the end',
  async (_name, reply) => {
    const { server, source, time } = await open();
    server.once(reply, reply, reply);
    const outcome = expect(source.fetch(rootCrl)).rejects.toMatchObject(failure('timeout', 'retry-later'));
    for (const attempt of [1, 2, 3]) {
      await server.received(attempt);
      time.advance(limits.attemptTimeoutMs);
      if (attempt < 3) time.advance(await time.waiting(isBackoff));
    }
    await outcome;
    expect(server.seen).toHaveLength(3);
    expect(time.pendingMs).toEqual([]);
  },
);

test('a late answer to the first try does not stop the second from being good', async () => {
  const { server, source, time } = await open();
  server.once(silence);
  const item = source.fetch(rootCrl);
  await server.received(1);
  time.advance(await time.waiting(isTimeout));
  time.advance(await time.waiting(isBackoff));
  expect((await item).request).toEqual(rootCrl);
});

test('a truncated answer is tried again', async () => {
  const { server, source, time } = await open();
  server.once((response) => {
    response.writeHead(200, { ...crlType, 'Content-Length': '1000' });
    response.write('0', () => response.destroy());
  });
  const item = source.fetch(rootCrl);
  expect(await time.waiting(isBackoff)).toBe(250);
  time.advance(250);
  await item;
  expect(server.seen).toHaveLength(2);
});

test('a body shorter than announced is truncated, wherever the platform does not see it', async () => {
  const { ports, endpoints, time } = await open();
  const short = new Response(new Uint8Array(10), { headers: { ...crlType, 'content-length': '20' } });
  const source = createNetworkSource({
    ports: { ...ports, fetch: async () => short.clone() },
    endpoints,
    limits: { ...limits, retry: { ...limits.retry, attempts: 1 } },
  });
  await expect(source.fetch(rootCrl)).rejects.toMatchObject(failure('truncated', 'retry-later'));
  expect(time.pendingMs).toEqual([]);
});

const endless: RawReply = (response) => {
  response.writeHead(200, crlType);
  const block = new Uint8Array(64 * 1024).fill(0x30);
  const more = (): void => {
    while (!response.destroyed && response.write(block));
  };
  response.on('drain', more);
  more();
};

test.each<[string, Reply | RawReply, string]>([
  [
    'announces ten megabytes',
    (response) => {
      response.writeHead(200, { ...crlType, 'Content-Length': '10000000' }).write('0');
    },
    'too-large',
  ],
  ['never ends', endless, 'too-large'],
  [
    'is a compressed bomb',
    {
      headers: { ...crlType, 'Content-Encoding': 'gzip' },
      body: gzipSync(new Uint8Array(32 * 1024 * 1024)),
    },
    'too-large',
  ],
  [
    'redirects to itself',
    { status: 302, headers: { Location: '/IntelSGXRootCA.der' }, body: '' },
    'redirected',
  ],
  [
    'redirects into the own network',
    { status: 307, headers: { Location: 'http://127.0.0.1:1/' }, body: '' },
    'redirected',
  ],
  ['is HTML', { headers: { 'Content-Type': 'text/html' }, body: '<html>' }, 'wrong-type'],
  ['is no DER', { headers: crlType, body: 'nothing of the kind' }, 'malformed'],
  ['is empty', { headers: crlType, body: '' }, 'malformed'],
  ['has no content', { status: 204, body: '' }, 'malformed'],
])('an answer that %s is refused at once and not asked for again', async (_name, reply, code) => {
  const { server, source, time } = await open();
  server.once(reply);
  await expect(source.fetch(rootCrl)).rejects.toMatchObject(failure(code, 'distrust-peer'));
  expect(server.seen).toHaveLength(1);
  expect(time.pendingMs).toEqual([]);
});

test('asks without credentials, and for an uncompressed answer', async () => {
  const { server, source } = await open();
  await source.fetch(rootCrl);
  const [request] = server.seen;
  expect(request?.headers).toMatchObject({ 'accept-encoding': 'identity' });
  expect(request?.headers).not.toHaveProperty('cookie');
  expect(request?.headers).not.toHaveProperty('authorization');
});

test('server errors are tried again with growing waits, up to the limit', async () => {
  const { server, source, time } = await open();
  const broken = { status: 503, body: '' };
  server.once(broken, broken, broken);
  const outcome = expect(source.fetch(rootCrl)).rejects.toMatchObject(failure('unavailable', 'retry-later'));
  const first = await time.waiting(isBackoff);
  time.advance(first);
  const second = await time.waiting(isBackoff);
  time.advance(second);
  await outcome;
  expect([first, second]).toEqual([250, 500]);
  expect(server.seen).toHaveLength(3);
});

test('a server error that passes costs one wait', async () => {
  const { server, source, time } = await open();
  server.once({ status: 500, body: '' });
  const item = source.fetch(rootCrl);
  time.advance(await time.waiting(isBackoff));
  expect((await item).bytes.length).toBeGreaterThan(0);
});

test.each([
  ['seconds', '3'],
  ['a date', new Date((atUnixSec + 3) * 1000).toUTCString()],
])('Retry-After in %s is waited for', async (_name, value) => {
  const { server, source, time } = await open();
  server.once({ status: 429, headers: { 'Retry-After': value }, body: '' });
  const item = source.fetch(rootCrl);
  expect(await time.waiting(isBackoff)).toBe(3_000);
  time.advance(3_000);
  await item;
  expect(server.seen).toHaveLength(2);
});

test('a host that wants to be left alone for long is: callers hear for how long, the host hears nothing', async () => {
  const { server, source, time } = await open();
  server.once({ status: 429, headers: { 'Retry-After': '3600' }, body: '' });
  const limited = { ...failure('rate-limited', 'retry-later'), retryAfterMs: 3_600_000 };
  await expect(source.fetch(rootCrl)).rejects.toMatchObject(limited);
  await expect(source.fetch(tcbInfo)).rejects.toMatchObject(limited);
  expect(server.seen).toHaveLength(1);
  time.advance(3_600_000);
  await source.fetch(rootCrl);
  expect(server.seen).toHaveLength(2);
});

test('requests to one host are spaced after a burst', async () => {
  const { server, source, time } = await open({ intervalMs: 1_000, burst: 2 });
  const all = Promise.all([source.fetch(rootCrl), source.fetch(tcbInfo), source.fetch(rootCrl)]);
  expect(await time.waiting(isBackoff)).toBe(1_000);
  await server.received(2);
  time.advance(1_000);
  await all;
  expect(server.seen).toHaveLength(3);
});

test('a queue that is longer than the deadline is not joined', async () => {
  const { source } = await open({ intervalMs: 90_000, burst: 1 });
  await source.fetch(rootCrl);
  const late = source.fetch(rootCrl);
  await expect(late).rejects.toMatchObject({
    ...failure('rate-limited', 'retry-later'),
    retryAfterMs: 90_000,
  });
});

test('equal requests under way share one answer', async () => {
  const { server, source, time } = await open();
  const cached = createCachedSource(source, time.clock);
  const items = await Promise.all([1, 2, 3, 4].map(() => cached.fetch(rootCrl)));
  expect(server.seen).toHaveLength(1);
  expect(new Set(items).size).toBe(1);
});

test('a host that is gone is unavailable', async () => {
  const { server, source, time } = await open();
  await server.stop();
  const outcome = expect(source.fetch(rootCrl)).rejects.toMatchObject(failure('unavailable', 'retry-later'));
  time.advance(await time.waiting(isBackoff));
  time.advance(await time.waiting(isBackoff));
  await outcome;
  expect(server.seen).toEqual([]);
});

test('a stop ends requests under way, waits, and requests that come later', async () => {
  const { server, source, time, stop } = await open();
  server.once(silence, { status: 500, body: '' });
  const cancelled = failure('cancelled', 'fix-request');
  const underWay = expect(source.fetch(rootCrl)).rejects.toMatchObject(cancelled);
  await server.received(1);
  const waiting = expect(source.fetch(tcbInfo)).rejects.toMatchObject(cancelled);
  await time.waiting(isBackoff);
  stop.abort(new Error('the agent stops'));
  await Promise.all([underWay, waiting]);
  await expect(source.fetch(rootCrl)).rejects.toMatchObject(cancelled);
  expect(time.pendingMs).toEqual([]);
});
