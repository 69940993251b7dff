import { expect, test } from '@jest/globals';
import { swapSurchargePpmCeil } from './swap-price.ts';

const swap = { powerW: 60, microUsdPerKwh: 300_000, tokensPerStay: 10_000 };
const card = { inputMicroUsdPerMTok: 50_000n, outputMicroUsdPerMTok: 200_000n };

test('the energy of loading, over what a stay sells at card prices, is added to the ask', () => {
  // 12 s × 60 W = 720 J = 0.0002 kWh = 60 µUSD; 10,000 tokens at 200,000 µUSD a million = 2,000 µUSD: 3 %.
  expect(swapSurchargePpmCeil(swap, 12_000, card)).toBe(30_000);
});

test('it is rounded up, and a card without prices carries nothing', () => {
  expect(swapSurchargePpmCeil(swap, 1, card)).toBe(3);
  expect(swapSurchargePpmCeil(swap, 12_000, { inputMicroUsdPerMTok: 0n, outputMicroUsdPerMTok: 0n })).toBe(0);
});

test('where only prompts are paid for, as with embeddings, they carry it', () => {
  const embedding = { inputMicroUsdPerMTok: 200_000n, outputMicroUsdPerMTok: 0n };
  expect(swapSurchargePpmCeil(swap, 12_000, embedding)).toBe(30_000);
});
