import { test } from '@jest/globals';
import fc from 'fast-check';
import { highestMultiplierFloor, pricesCeil } from './price.ts';
import { sampleInput } from './sample-market.ts';

/** From the small to the widest, with the places where numbers stop being exact. */
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 20_000_000n }),
  fc.constantFrom(9_000_000n, 9_000_001n, 9_000_000_000n, 9_000_000_001n),
);
const ppm = fc.oneof(fc.integer({ min: 1, max: 1_000_000_000 }), fc.integer({ min: 1, max: 3_000_000 }));

const { priceCard: card, request: limits } = sampleInput();
const one = (base: bigint) => ({
  ...card,
  inputMicroUsdPerMTok: 0n,
  cachedInputMicroUsdPerMTok: 0n,
  outputMicroUsdPerMTok: base,
});

test('a price is the exact quotient, rounded up', () => {
  fc.assert(
    fc.property(uint64, ppm, (base, multiplierPpm) => {
      const exact = (base * BigInt(multiplierPpm) + 999_999n) / 1_000_000n;
      return pricesCeil(one(base), multiplierPpm).priceOutput === exact;
    }),
    { numRuns: 5_000 },
  );
});

test('the highest multiplier is the last one whose price is within the limit', () => {
  fc.assert(
    fc.property(uint64, uint64, (base, maxPriceOutput) => {
      const highest = highestMultiplierFloor(one(base), { ...limits, maxPriceOutput });
      const isWithin = (multiplierPpm: number) =>
        pricesCeil(one(base), multiplierPpm).priceOutput <= maxPriceOutput;
      return isWithin(highest) && (highest === 1_000_000_000 || !isWithin(highest + 1));
    }),
    { numRuns: 5_000 },
  );
});
