import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { outcomes } from '../protocol/enums.ts';
import type { PriceWindow } from '../protocol/market-record.ts';
import { type TimedLeaf, windowsOf } from './price-window.ts';
import { account, hash, sampleLeaf } from './sample-market.ts';
import { windowPricePpm } from './window-price.ts';

const pool = hash(0x9001);

const receipt = (
  index: number,
  atMs: number,
  provider: number,
  effectiveAsk: number,
  more: object = {},
): TimedLeaf => ({
  index,
  atMs,
  leaf: sampleLeaf({ provider: account(provider), effectiveAsk, billedTokens: 100, ...more }),
});

test('receipts fall into 5 s windows by pool, provider and ask', () => {
  const windows = windowsOf(
    [
      receipt(3, 1_000, 1, 900),
      receipt(4, 1_500, 2, 800),
      receipt(6, 4_999, 1, 900, { billedTokens: 7 }),
      receipt(7, 4_999, 1, 901, { poolId: hash(0x9000) }),
      receipt(9, 5_000, 1, 950),
      receipt(10, 10_000, 1, 950),
    ],
    0,
    10_000,
  );
  const own = { v: 1, poolId: pool };
  expect(windows).toEqual([
    {
      ...own,
      poolId: hash(0x9000),
      fromMs: 0,
      toMs: 5_000,
      fromIndex: 7,
      toIndex: 8,
      providers: [{ provider: account(1), receipts: 1, asks: [{ effectiveAsk: 901, billedTokens: 100 }] }],
    },
    {
      ...own,
      fromMs: 0,
      toMs: 5_000,
      fromIndex: 3,
      toIndex: 7,
      providers: [
        { provider: account(1), receipts: 2, asks: [{ effectiveAsk: 900, billedTokens: 107 }] },
        { provider: account(2), receipts: 1, asks: [{ effectiveAsk: 800, billedTokens: 100 }] },
      ],
    },
    {
      ...own,
      fromMs: 5_000,
      toMs: 10_000,
      fromIndex: 9,
      toIndex: 10,
      providers: [{ provider: account(1), receipts: 1, asks: [{ effectiveAsk: 950, billedTokens: 100 }] }],
    },
  ]);
});

test('a back-dated receipt counts where the log stood when it came, an interim one and a failed one nowhere', () => {
  const windows = windowsOf(
    [
      receipt(1, 7_000, 1, 900),
      receipt(2, 1_000, 2, 900),
      receipt(3, 7_001, 3, 1, { outcome: outcomes.interim }),
      receipt(4, 7_002, 3, 1, { outcome: outcomes.providerError }),
      receipt(5, 7_003, 3, 1, { outcome: outcomes.failedOver }),
    ],
    0,
    10_000,
  );
  expect(windows).toHaveLength(1);
  expect(windows[0]).toMatchObject({ fromMs: 5_000, fromIndex: 1, toIndex: 3 });
  expect(windows[0]?.providers).toHaveLength(2);
  expect(windowsOf([receipt(1, 1_000, 1, 900)], 20_000, 25_000)[0]).toMatchObject({ fromMs: 20_000 });
  const closed = { index: 1, atMs: 31_000, leaf: undefined };
  expect(windowsOf([closed, receipt(2, 24_000, 1, 900)], 20_000, 35_000)[0]).toMatchObject({
    fromMs: 30_000,
  });
});

/** `asks[i]` are the effective asks of provider i, each billed 1,000 tokens, in the window that ends at `toMs`. */
const windowAt = (toMs: number, asks: readonly (readonly (number | [number, number])[])[]): PriceWindow =>
  windowsOf(
    asks.flatMap((own, provider) =>
      own.map((ask, n) => {
        const [effectiveAsk, billedTokens] = typeof ask === 'number' ? [ask, 1_000] : ask;
        return receipt(10 * provider + n, toMs - 5_000, provider, effectiveAsk, { billedTokens });
      }),
    ),
    0,
    toMs,
  )[0] as PriceWindow;

const nine = windowAt(5_000, [
  [100, 110, 120],
  [130, 140, 150],
  [160, 170, 180],
]);

test('P is the lowest ask up to which lie nine tenths of the tokens', () => {
  expect(windowPricePpm([nine], 5_001)).toBe(180); // 8/9 < 0.9
  expect(
    windowPricePpm(
      [
        windowAt(5_000, [
          [100, 110, 120],
          [130, 140, 150],
          [160, 170, 180, 1_000],
        ]),
      ],
      5_001,
    ),
  ).toBe(180);
});

test('fewer than 8 receipts or 3 providers price nothing; the last minute may have them', () => {
  const thin = windowAt(10_000, [
    [200, 210],
    [220, 230],
    [240, 250, 260],
  ]);
  expect(windowPricePpm([thin], 10_001)).toBeUndefined();
  expect(
    windowPricePpm(
      [
        windowAt(5_000, [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ]),
      ],
      5_001,
    ),
  ).toBeUndefined();
  expect(windowPricePpm([nine, thin], 10_001)).toBe(250);
  expect(windowPricePpm([nine, thin], 69_999)).toBeUndefined();
});

test('small change is no trade, nor is what the cap leaves of one big sale', () => {
  const nineOf = (tokens: readonly [number, number, number]) =>
    windowAt(
      5_000,
      tokens.map((billed, i) => [1, 2, 3].map(() => [100 + i, billed] as [number, number])),
    );
  expect(windowPricePpm([nineOf([888, 889, 889])], 5_001)).toBeUndefined(); // 7,998 tokens
  expect(windowPricePpm([nineOf([888, 889, 890])], 5_001)).toBe(102);
  expect(windowPricePpm([nineOf([1_000, 1_000, 4_000])], 5_001)).toBe(102); // capped to half of all
  expect(windowPricePpm([nineOf([1_000, 1_000, 4_001])], 5_001)).toBeUndefined();
});

test('the last closed window alone, if it has enough; a window still open does not count', () => {
  const dear = windowAt(10_000, [
    [500, 500, 500],
    [500, 500, 500],
    [500, 500, 500],
  ]);
  expect(windowPricePpm([nine, dear], 10_000)).toBe(500);
  expect(windowPricePpm([nine, dear], 9_999)).toBe(180);
});

test('the winner’s own provider does not set its price', () => {
  const window = windowAt(5_000, [
    [100, 100, 100],
    [100, 100, 100],
    [100, 100, 100],
    [900, 900, 900],
  ]);
  expect(windowPricePpm([window], 5_001)).toBe(900);
  expect(windowPricePpm([window], 5_001, account(3))).toBe(100);
});

test('one provider with most of the tokens does not move P by its weight alone', () => {
  const small = [
    [100, 100],
    [100, 100],
    [100, 100],
  ];
  const squeeze = windowAt(5_000, [...small, [100, [100, 9_000]]]);
  expect(windowPricePpm([squeeze], 5_001)).toBe(100);
  // a third of the weight is above the top tenth: a provider that sells a third of a pool may price it
  expect(windowPricePpm([windowAt(5_000, [...small, [900, [900, 9_000]]])], 5_001)).toBe(900);
});

test('no provider weighs more than a third, whatever was billed', () => {
  const trade = fc.array(fc.integer({ min: 3_000, max: 6_000 }), { minLength: 3, maxLength: 7 });
  fc.assert(
    fc.property(trade, fc.nat(), (tokens, pick) => {
      // Provider i asks i + 1, three times. Were one of the cheapest above two thirds, P would leave the rest out.
      const window = windowAt(
        5_000,
        tokens.map((billed, i) => [1, 2, 3].map(() => [i + 1, billed] as [number, number])),
      );
      const heavy = pick % tokens.length;
      const price = windowPricePpm([window], 5_001) as number;
      expect(price).toBeGreaterThanOrEqual(3); // two providers hold at most two thirds, P needs nine tenths
      const without = windowPricePpm([window], 5_001, account(heavy) as Hex);
      if (tokens.length > 3) expect(without).toBeDefined();
      if (without !== undefined) expect(without).not.toBe(heavy + 1);
    }),
  );
});

test('the order of receipts within a window does not matter', () => {
  const sale = fc.record({
    provider: fc.integer({ min: 0, max: 5 }),
    effectiveAsk: fc.integer({ min: 1, max: 50 }),
    billedTokens: fc.integer({ min: 0, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(sale, { minLength: 8, maxLength: 20 }), (sales) => {
      const priced = (order: typeof sales) =>
        windowPricePpm(
          windowsOf(
            order.map(({ provider, effectiveAsk, billedTokens }, i) =>
              receipt(i, 1_000, provider, effectiveAsk, { billedTokens }),
            ),
            0,
            5_000,
          ),
          5_001,
        );
      expect(priced(sales.toReversed())).toBe(priced(sales));
    }),
  );
});
