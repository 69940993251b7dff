import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clear } from '../clear.ts';
import type { ClearingInput } from '../clearing-input.ts';
import { account, hash, sampleAsk, sampleInput, sampleModel } from '../sample-market.ts';
import { resultToJson as said } from '../vector-json.ts';
import { AskBook } from './ask-book.ts';
import { type BookEntry, linearBook } from './linear-book.ts';

/** One second of log time per entry. */
const timeOf = (index: number) => 1_000 * index;

const askEntry = (
  index: number,
  node: number,
  over: Partial<ReturnType<typeof sampleAsk>['ask']> = {},
): BookEntry => {
  const { ask } = sampleAsk(node, over);
  return {
    kind: 'ask',
    askId: hash(0xa00 + index),
    ask,
    platformId: hash(node % 4),
    timestampMs: timeOf(index),
  };
};

/** Few nodes, prices and regions, so that replacement, ties, rises, full nodes and refusals are hit all the time. */
const entry = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      node: fc.nat(7),
      over: fc.record({
        multiplierPpm: fc.constantFrom(700_000, 886_000, 1_000_000, 1_000_001, 2_000_000),
        tier: fc.nat(2),
        class: fc.nat(1),
        region: fc.constantFrom('DE', 'FR', 'DE-BY'),
        enclaveKey: fc.nat(2).map((n) => account(0xec + n)),
        provider: fc.nat(3).map((n) => account(0xb0 + n)),
        slots: fc.integer({ min: 1, max: 3 }),
        maxContextTokens: fc.constantFrom(512, 4096),
        validFromMs: fc.constantFrom(0, 8_000, 30_000),
        validUntilMs: fc.constantFrom(12_000, 1_000_000),
        priceCardHash: fc.constantFrom(hash(0xca4d), hash(1)),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('counter' as const),
      node: fc.nat(7),
      enclave: fc.nat(2),
      used: fc.nat(2),
      pause: fc.constantFrom(null, null, 'energy' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('quality' as const),
      platform: fc.nat(3),
      qualityPpm: fc.constantFrom(1, 500_000, 886_000, 999_999, 5_000_000),
    }),
  },
);

const logArbitrary = fc.array(entry, { maxLength: 40 }).map((rows) =>
  rows.map((row, index): BookEntry => {
    if (row.kind === 'ask') return askEntry(index, row.node, row.over);
    if (row.kind === 'quality')
      return { kind: 'quality', platformId: hash(row.platform), qualityPpm: row.qualityPpm };
    const { nodeKey } = sampleAsk(row.node).ask;
    return {
      kind: 'counter',
      nodeKey,
      enclaveKey: account(0xec + row.enclave),
      slots: 2,
      used: row.used,
      pause: row.pause,
      atMs: timeOf(index),
    };
  }),
);

const requestArbitrary = fc.record({
  requestId: fc.nat().map(hash),
  minTier: fc.nat(2),
  class: fc.nat(1),
  contextTokens: fc.constantFrom(256, 1024),
  regions: fc.constantFrom([], ['DE'], ['FR', 'DE-BY']),
  limit: fc.constantFrom(600_000n, 900_000n, 1_200_000n, 5_000_000n),
  buyer: fc.nat(6).map((n) => account(0xb0 + n)),
  attested: fc.subarray([0, 1, 2], { minLength: 1 }),
  soldOut: fc.subarray([0, 1, 2, 3]),
  ejected: fc.subarray([0, 1, 2, 3]),
  limited: fc.subarray([0, 1, 2, 3]),
  established: fc.subarray([0, 1, 2, 3]),
  probation: fc.constantFrom('off' as const, 'open' as const, 'closed' as const),
  ceilingPpm: fc.constantFrom(undefined, 1_000_000),
});

type Request = typeof requestArbitrary extends fc.Arbitrary<infer T> ? T : never;

const cleared = (book: AskBook, input: Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>, size: number) =>
  book.clear(
    { ...input, isAttested: (enclave) => input.attestedEnclaves.has(book.enclaveKey(enclave)) },
    size,
  );

const inputOf = (request: Request, atMs: number): Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'> => ({
  ...sampleInput(),
  requestId: request.requestId,
  regions: request.regions,
  buyer: request.buyer,
  atMs,
  beacon: { blockHash: hash(0xb10c), timestampMs: atMs - 2_000 },
  attestedEnclaves: new Set(request.attested.map((n) => account(0xec + n))),
  isSoldOut: ({ ask }) => request.soldOut.some((n) => sampleAsk(n).ask.nodeKey === ask.nodeKey),
  ejectedNodes: new Set(request.ejected.map((n) => sampleAsk(n).ask.nodeKey)),
  slotLimits: new Map(request.limited.map((n) => [sampleAsk(n).ask.nodeKey, 1])),
  establishedPlatforms: new Set(request.established.map((n) => hash(n))),
  pools: new Map([[1, { windows: [], ceilingPpm: request.ceilingPpm, probation: request.probation }]]),
  request: {
    ...sampleInput().request,
    minTier: request.minTier,
    class: request.class,
    contextTokens: request.contextTokens,
    maxPriceInput: request.limit,
  },
});

function put(book: AskBook, entry: BookEntry, index: number): void {
  if (entry.kind === 'ask') book.putAsk(index, entry);
  else if (entry.kind === 'counter') book.putCounter(index, entry, entry.atMs);
  else book.putQuality(index, entry.platformId, entry.qualityPpm);
}

const byId = (a: { askId: string }, b: { askId: string }) => (a.askId < b.askId ? -1 : 1);

test('at every recent tree size the book is the linear fold, and clears exactly as the linear scan does', () => {
  fc.assert(
    fc.property(
      logArbitrary,
      fc.array(requestArbitrary, { minLength: 1, maxLength: 6 }),
      fc.nat(12),
      (log, requests, depth) => {
        const book = new AskBook();
        log.forEach((logged, index) => {
          book.forgetBelow(Math.max(0, index - depth));
          put(book, logged, index);
        });
        for (let size = Math.max(0, log.length - 1 - depth); size <= log.length; size += 1) {
          const { asks, qualityPpmByPlatform } = linearBook(log.slice(0, size));
          for (const jobClass of [0, 1])
            expect(book.asksFor(sampleModel, jobClass, size).sort(byId)).toEqual(
              asks.filter(({ ask }) => ask.class === jobClass).sort(byId),
            );
          for (const request of requests) {
            const input = inputOf(request, timeOf(size) + 500);
            expect(said(cleared(book, input, size))).toEqual(
              said(clear({ ...input, asks, qualityPpmByPlatform })),
            );
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('asks leave the book once a minute of log time has passed over their end, and no clearing is another for it', () => {
  const slow = (index: number) => 60_000 * index;
  fc.assert(
    fc.property(logArbitrary, requestArbitrary, fc.nat(3), (quick, request, depth) => {
      const log = quick.map((logged, index): BookEntry => {
        if (logged.kind === 'ask') return { ...logged, timestampMs: slow(index) };
        return logged.kind === 'counter' ? { ...logged, atMs: slow(index) } : logged;
      });
      const book = new AskBook();
      for (const [index, logged] of log.entries()) put(book, logged, index);
      for (let size = Math.max(0, log.length - depth); size <= log.length; size += 1) {
        const input = inputOf(request, slow(size));
        const { asks, qualityPpmByPlatform } = linearBook(log.slice(0, size));
        expect(said(cleared(book, input, size))).toEqual(
          said(clear({ ...input, asks, qualityPpmByPlatform })),
        );
        const newest = log.slice(0, size).findLastIndex(({ kind }) => kind !== 'quality');
        for (const { ask, timestampMs } of book.asksFor(sampleModel, request.class, size))
          if (timestampMs < slow(newest)) expect(ask.validUntilMs).toBeGreaterThan(slow(newest) - 60_000);
      }
    }),
    { numRuns: 200 },
  );
});

test('a node is sold out since a size from the counter that says so until one that says otherwise', () => {
  const book = new AskBook();
  put(book, askEntry(0, 1, { slots: 2 }), 0);
  const { nodeKey, enclaveKey } = sampleAsk(1).ask;
  const count = (index: number, used: number, pause: 'energy' | null = null) =>
    book.putCounter(index, { nodeKey, enclaveKey, slots: 2, used, pause }, timeOf(index));
  const since = (size: number) => book.soldOutSince(size, { nodeKey, enclaveKey });
  count(1, 1);
  expect(since(1)).toBeUndefined();
  count(2, 2);
  expect([2, 3].map(since)).toEqual([2, undefined]); // under three entries it is known anyway
  count(3, 1, 'energy');
  expect(since(3)).toBe(3);
  count(4, 1);
  expect(since(1)).toBeUndefined();
});

test('a rise waits ten seconds while the older ask stands, a cut counts at once', () => {
  const book = new AskBook();
  put(book, askEntry(0, 1, { multiplierPpm: 1_000_000, validFromMs: 0 }), 0);
  put(book, askEntry(1, 1, { multiplierPpm: 1_100_000, validFromMs: 0 }), 1);
  const wonAt = (atMs: number, size: number) => {
    const { attestedEnclaves } = sampleInput();
    const input = {
      ...sampleInput(),
      attestedEnclaves,
      atMs,
      beacon: { blockHash: hash(1), timestampMs: atMs },
    };
    return cleared(book, input, size).winner?.multiplierPpm;
  };
  expect([10_999, 11_000].map((atMs) => wonAt(atMs, 2))).toEqual([1_000_000, 1_100_000]);
  put(book, askEntry(2, 1, { multiplierPpm: 900_000, validFromMs: 0 }), 2);
  expect([2_001, 20_000].map((atMs) => wonAt(atMs, 3))).toEqual([900_000, 900_000]);
  expect(wonAt(2_001, 2)).toBe(1_000_000); // the older tree size still shows the older book
});
