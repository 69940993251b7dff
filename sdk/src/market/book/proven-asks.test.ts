import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LogEntry } from '../../protocol/log.ts';
import { citedFacts } from '../cited-facts.ts';
import { clear } from '../clear.ts';
import type { ClearingInput } from '../clearing-input.ts';
import { foldFacts, noFacts } from '../market-facts.ts';
import { poolId, TIERS } from '../pool-id.ts';
import { highestMultiplierFloor } from '../price.ts';
import { account, hash, sampleAsk, sampleInput, sampleModel } from '../sample-market.ts';
import { AskBook } from './ask-book.ts';
import { type BookEntry, linearBook } from './linear-book.ts';
import { maySomeBeHidden, openBooks, soughtBy } from './proven-asks.ts';

const timeOf = (index: number) => 5_000 * index;

/** Entries that keep asks from selling to anybody, and those that only some requests mind. */
const row = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      node: fc.nat(9),
      over: fc.record({
        multiplierPpm: fc.constantFrom(700_000, 886_000, 1_000_000, 1_000_001, 1_100_000),
        tier: fc.nat(2),
        region: fc.constantFrom('DE', 'FR', 'DE-BY'),
        provider: fc.nat(3).map((n) => account(0xb0 + n)),
        slots: fc.integer({ min: 1, max: 4 }),
        maxContextTokens: fc.constantFrom(512, 4096),
        validFromMs: fc.constantFrom(0, 30_000),
        validUntilMs: fc.constantFrom(60_000, 1_000_000),
        priceCardHash: fc.constantFrom(sampleInput().priceCard.priceCardHash, hash(1)),
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('counter' as const),
      node: fc.nat(9),
      used: fc.nat(4),
      pause: fc.constantFrom(null, null, 'energy' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('table' as const),
      platform: fc.nat(4),
      receipts: fc.constantFrom(0, 199, 200),
      qualityPpm: fc.constantFrom(500_000, 886_000, 1_000_000),
      node: fc.nat(9),
      slotLimit: fc.constantFrom(null, 1, 2),
      tier: fc.nat(2),
      ceilingPpm: fc.constantFrom(null, 900_000, 1_000_000),
      owners: fc.constantFrom(2, 3),
      newcomerTokens: fc.constantFrom(5, 6),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('ejection' as const),
      node: fc.nat(9),
      forMs: fc.constantFrom(1_000, 20_000),
    }),
  },
);

type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;
type Told = { readonly booked?: BookEntry; readonly record?: LogEntry };

function toldBy(entry: Row, index: number): Told {
  const atMs = timeOf(index);
  const { ask } = sampleAsk('node' in entry ? entry.node : 0);
  const { nodeKey, enclaveKey } = ask;
  switch (entry.kind) {
    case 'ask':
      return {
        booked: {
          kind: 'ask',
          askId: hash(0xa00 + index),
          ask: { ...ask, ...entry.over },
          platformId: hash(entry.node % 5),
          timestampMs: atMs,
        },
      };
    case 'counter': {
      const { used, pause } = entry;
      return { booked: { kind: 'counter', nodeKey, enclaveKey, slots: 4, used, pause, atMs } };
    }
    case 'ejection': {
      const untilMs = atMs + entry.forMs;
      const ejection = { v: 1 as const, nodeKey, reason: 'aborted' as const, missed: 3, trials: 3, untilMs };
      return { record: { kind: 'ejection', atMs, ejection } };
    }
    case 'table': {
      const { receipts, qualityPpm, slotLimit, ceilingPpm, owners, newcomerTokens } = entry;
      const counts = { receipts, doneMilli: 0, missedMilli: 0 };
      const quality = {
        v: 1 as const,
        fromIndex: index,
        toIndex: index,
        platforms: [{ platformId: hash(entry.platform), ...counts, qualityPpm }],
        nodes: [{ nodeKey, offers: 0, accepts: 0, maxUsed: 0, slotLimit }],
        pools: [
          {
            poolId: poolId(sampleModel, entry.tier, 0),
            receipts: 1,
            tokens: 100,
            pricePpm: null,
            owners,
            newcomerTokens,
            ceilingPpm,
          },
        ],
      };
      return { record: { kind: 'quality', atMs, quality } };
    }
  }
}

function put(book: AskBook, { booked, record }: Told, index: number): void {
  if (booked?.kind === 'ask') book.putAsk(index, booked);
  if (booked?.kind === 'counter') book.putCounter(index, booked, booked.atMs);
  if (record?.kind === 'quality') book.putTable(index, record.quality);
  if (record?.kind === 'ejection') book.putEjection(index, record.ejection);
}

const request = fc.record({
  requestId: fc.nat().map(hash),
  minTier: fc.nat(2),
  contextTokens: fc.constantFrom(256, 1024),
  regions: fc.constantFrom([], ['DE'], ['FR', 'DE-BY']),
  limit: fc.constantFrom(600_000n, 900_000n, 1_200_000n, 5_000_000n),
  buyer: fc.nat(6).map((n) => account(0xb0 + n)),
  unattested: fc.subarray([0, 1, 2, 3]),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function inputOf(of: Request, log: readonly Told[], atMs: number): Omit<ClearingInput, 'asks'> {
  const facts = log.reduce(
    (known, { record }, index) => (record === undefined ? known : foldFacts(known, record, index)),
    noFacts,
  );
  const unattested = new Set(of.unattested.map((n) => sampleAsk(n).ask.enclaveKey));
  const { minTier, contextTokens, limit } = of;
  return {
    ...sampleInput(),
    ...citedFacts(facts, sampleModel, 0, atMs),
    requestId: of.requestId,
    regions: of.regions,
    buyer: of.buyer,
    atMs,
    beacon: { blockHash: hash(0xb10c), timestampMs: atMs - 4_000 },
    attestedEnclaves: { has: (key) => !unattested.has(key) },
    request: { ...sampleInput().request, minTier, contextTokens, maxPriceInput: limit },
  };
}

/** Found by chance: a table that takes receipts away again, in a pool that protects its owners from newcomers. */
const platformThatIsNewAgain: Row[] = [
  ...([200, 0] as const).map(
    (receipts): Row => ({
      kind: 'table',
      platform: 2,
      receipts,
      qualityPpm: 500_000,
      node: 0,
      slotLimit: null,
      tier: 0,
      ceilingPpm: null,
      owners: 3,
      newcomerTokens: 6,
    }),
  ),
  {
    kind: 'ask',
    node: 7,
    over: {
      multiplierPpm: 700_000,
      tier: 0,
      region: 'DE',
      provider: account(0xb0),
      slots: 1,
      maxContextTokens: 512,
      validFromMs: 0,
      validUntilMs: 60_000,
      priceCardHash: sampleInput().priceCard.priceCardHash,
    },
  },
];
const anyRequest: Request = {
  requestId: hash(0),
  minTier: 0,
  contextTokens: 256,
  regions: [],
  limit: 5_000_000n,
  buyer: account(0xb1),
  unattested: [],
};

test('whoever sees nothing but the proved prefixes gets the ranking that the whole market gives', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), request, fc.nat(10), (rows, wanted, depth) => {
      const log = rows.map(toldBy);
      const book = new AskBook({ isProvable: true });
      for (const [index, told] of log.entries()) {
        put(book, told, index);
        book.forgetBelow(Math.max(0, index - depth));
      }
      for (let size = Math.max(0, log.length - 1 - depth); size <= log.length; size += 1) {
        const input = inputOf(wanted, log.slice(0, size), timeOf(size) + 500);
        const booked = log.slice(0, size).flatMap(({ booked: entry }): BookEntry[] => (entry ? [entry] : []));
        const { winner, runnersUp, unattested } = clear({ ...input, asks: linearBook(booked).asks });
        const ranked = winner === undefined ? [] : [winner, ...runnersUp];

        const { request: terms, priceCard } = input;
        const { priceCardHash } = priceCard;
        const highestPpm = highestMultiplierFloor(priceCard, terms);
        const sought = soughtBy(
          terms,
          wanted.regions,
          ranked.map(({ effectiveAsk }) => effectiveAsk),
          highestPpm,
        );
        const books = book.booksOf(terms, priceCardHash, size);
        expect(books.map(({ tier }) => tier)).toEqual(TIERS.filter((tier) => tier >= terms.minTier));
        const shown = openBooks(
          { books, priceCardHash, request: { request: terms } },
          book.prove(terms, priceCardHash, sought, size),
        );
        if (typeof shown === 'string') throw new Error(shown);
        expect(maySomeBeHidden(shown, sought)).toBe(false);
        // What the leaves leave out keeps an ask from selling to anybody: nothing of it is needed any more.
        const again = clear({
          ...input,
          asks: shown.asks,
          qualityPpmByPlatform: shown.qualityPpmByPlatform,
          establishedPlatforms: new Set(),
          slotLimits: new Map(),
          ejectedNodes: new Set(),
          pools: new Map(),
          attestedEnclaves: { has: (key) => !unattested.includes(key) },
        });
        const rankedAgain = again.winner === undefined ? [] : [again.winner, ...again.runnersUp];
        expect(rankedAgain.map(({ askId }) => askId)).toEqual(ranked.map(({ askId }) => askId));
        expect(rankedAgain.map(({ effectiveAsk }) => effectiveAsk)).toEqual(
          ranked.map(({ effectiveAsk }) => effectiveAsk),
        );
        expect(again.unattested).toEqual(unattested);
      }
    }),
    { numRuns: 300, examples: [[platformThatIsNewAgain, anyRequest, 0]] },
  );
});
