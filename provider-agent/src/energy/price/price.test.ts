import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { samplePoint } from '../testing/policy-home.ts';
import { askPrices, energyPerMTok, type PriceTerms, profitsPerHour } from './ask-price.ts';
import { HOLD_MS, multiplierFor, nextHeldAsk, quantiseCeil } from './held-ask.ts';
import { MeanCost } from './mean-cost.ts';

const terms: PriceTerms = {
  usdPerUnit: 1,
  wearUsdPerHour: 0,
  otherUsdPerMTok: 0,
  marginShare: 0,
  feeShare: 0,
  floorMicroUsdPerMTok: 1,
};

test('E17: 3 J per token at 0.30 per kWh are 0.25 per million tokens', () => {
  expect(energyPerMTok(3, 0.3)).toBeCloseTo(0.25, 12);
});

test('E17: energy, wear, margin and fee, for input and output each', () => {
  const point = { ...samplePoint(1, 300), tokensPerSecond: 100, inputTokensPerSecond: 1_000 };
  const prices = askPrices(point, 0.36, {
    ...terms,
    wearUsdPerHour: 0.036,
    otherUsdPerMTok: 0.1,
    marginShare: 0.5,
    feeShare: 0.25,
  });
  // (4 J · 0.36 / 3.6 + 0.036 / 3600 / 100 · 10⁶ + 0.1) · 1.5 / 0.75, and the same with 0.2 J and 1000 tokens/s
  expect(prices).toEqual({ outputMicroUsdPerMTok: 1_200_000, inputMicroUsdPerMTok: 260_000 });
});

test('E17: a negative price lowers the ask to its floor, never below', () => {
  expect(askPrices(samplePoint(1, 300), -0.2, { ...terms, floorMicroUsdPerMTok: 700 })).toEqual({
    inputMicroUsdPerMTok: 700,
    outputMicroUsdPerMTok: 700,
  });
});

test('E17: neither input nor output sells below its price', () => {
  fc.assert(
    fc.property(
      fc.record({
        inputMicroUsdPerMTok: fc.integer({ min: 1, max: 5_000_000 }),
        outputMicroUsdPerMTok: fc.integer({ min: 1, max: 5_000_000 }),
      }),
      fc.record({
        input: fc.integer({ min: 10_000, max: 5_000_000 }),
        output: fc.integer({ min: 10_000, max: 5_000_000 }),
      }),
      (prices, card) => {
        const ppm = quantiseCeil(multiplierFor(prices, card));
        expect((card.input * ppm) / 1e6).toBeGreaterThanOrEqual(prices.inputMicroUsdPerMTok * (1 - 1e-12));
        expect((card.output * ppm) / 1e6).toBeGreaterThanOrEqual(prices.outputMicroUsdPerMTok * (1 - 1e-12));
        expect(ppm).toBeLessThanOrEqual(multiplierFor(prices, card) * 1.01 + 2);
      },
    ),
  );
});

test('E17: steps of 1 %: what is already one stays it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 900_000_000 }), (ppm) => {
      const step = quantiseCeil(ppm);
      expect(quantiseCeil(step)).toBe(step);
    }),
  );
});

test('E17: an ask stands at least five minutes, whatever the wish does meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 500_000, max: 2_000_000 }), { minLength: 50 }), (wishes) => {
      let held = nextHeldAsk(undefined, wishes[0] ?? 1, 0);
      let changedAtMs = 0;
      for (const [cycle, wish] of wishes.entries()) {
        const nowMs = cycle * 20_000;
        const next = nextHeldAsk(held, wish, nowMs);
        if (next !== held) {
          expect(nowMs - changedAtMs).toBeGreaterThanOrEqual(HOLD_MS);
          expect(next.multiplierPpm).toBeGreaterThanOrEqual(wish);
          changedAtMs = nowMs;
        }
        held = next;
      }
    }),
  );
});

test('E17: a wish that trembles around a step does not move the ask', () => {
  let held = nextHeldAsk(undefined, 1_000_000, 0);
  const first = held;
  for (let minute = 0; minute < 600; minute += 1)
    held = nextHeldAsk(held, 1_000_000 * (1 - 0.008 * (minute % 2)), minute * 60_000);
  expect(held).toBe(first);
});

test('E17: the cost behind an ask is the mean of its time, not its last moment', () => {
  const cost = new MeanCost();
  cost.add(0.3, 240_000);
  cost.add(0.08, 60_000);
  expect(cost.perKwh).toBeCloseTo(0.256, 12);
  cost.restart();
  expect(cost.perKwh).toBe(0.08);
});

test('more watts are not always more profit', () => {
  const points = [
    { ...samplePoint(1, 300), tokensPerSecond: 100 },
    { ...samplePoint(1, 600), tokensPerSecond: 110 },
  ];
  const [small, large] = profitsPerHour(points, 500_000, 0.3, terms);
  expect(small).toBeCloseTo(0.18 - 0.09, 12);
  expect(large).toBeLessThan(small ?? 0);
});
