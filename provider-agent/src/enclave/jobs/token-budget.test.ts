import { amountPicoUsd } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { affordableOutputTokens } from './token-budget.ts';

const price = fc.bigInt({ min: 0n, max: 10n ** 12n });
const tokens = fc.nat(1_000_000);

test('what is affordable never costs more than the cap, and one token more would, or is beyond the limit', () => {
  fc.assert(
    fc.property(
      price,
      price,
      price,
      fc.bigInt({ min: 0n, max: 10n ** 18n }),
      tokens,
      tokens,
      tokens,
      (priceInput, priceCachedInput, priceOutput, capPicoUsd, maxOutputTokens, inputTokens, cachedTokens) => {
        const prices = { priceInput, priceCachedInput, priceOutput };
        const input = { inputTokens, cachedInputTokens: Math.min(cachedTokens, inputTokens) };
        const cost = (outputTokens: number) => amountPicoUsd(prices, { ...input, outputTokens });
        const affordable = affordableOutputTokens({ ...prices, capPicoUsd, maxOutputTokens }, input);
        expect(affordable).toBeLessThanOrEqual(maxOutputTokens);
        if (affordable > 0) expect(cost(affordable)).toBeLessThanOrEqual(capPicoUsd);
        if (affordable < maxOutputTokens) expect(cost(affordable + 1)).toBeGreaterThan(capPicoUsd);
      },
    ),
  );
});
