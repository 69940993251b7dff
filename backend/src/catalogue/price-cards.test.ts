import { expect, test } from '@jest/globals';
import {
  cardInForce,
  type LoggedPriceCard,
  nextPriceCard,
  type PriceCardBody,
  priceNoticeMs,
} from './price-cards.ts';

const modelDigest = `0x${'ab'.repeat(32)}` as const;
const model = {
  manifest: {
    v: 1 as const,
    name: 'ember',
    files: [{ name: 'ember.gguf', sha256: modelDigest, bytes: 1 }],
    tokenizer: 'gguf' as const,
    chatTemplateSha256: modelDigest,
    quantisation: 'q8_0',
    engine: { name: 'node-llama-cpp', version: '3.22.1' },
  },
  class: 0 as const,
  inputMicroUsdPerMTok: 10n,
  cachedInputMicroUsdPerMTok: 1n,
  outputMicroUsdPerMTok: 30n,
};
const first = nextPriceCard(model, modelDigest, undefined, 1_000) as PriceCardBody;

test('the first card of a model and class counts at once', () => {
  expect(first).toMatchObject({
    class: 0,
    validFromMs: 1_000,
    inputMicroUsdPerMTok: 10n,
    outputMicroUsdPerMTok: 30n,
  });
});

test('unchanged prices make no new card', () => {
  expect(nextPriceCard(model, modelDigest, first, 5_000)).toBeUndefined();
});

test.each(['inputMicroUsdPerMTok', 'cachedInputMicroUsdPerMTok', 'outputMicroUsdPerMTok'] as const)(
  'a changed %s counts only after its notice',
  (price) => {
    const changed = nextPriceCard({ ...model, [price]: 99n }, modelDigest, first, 5_000);
    expect(changed).toMatchObject({ [price]: 99n, validFromMs: 5_000 + priceNoticeMs });
  },
);

test('a second change never counts before the first', () => {
  const pending = { ...first, inputMicroUsdPerMTok: 11n, validFromMs: 900_000 };
  const next = nextPriceCard({ ...model, inputMicroUsdPerMTok: 12n }, modelDigest, pending, 5_000);
  expect(next?.validFromMs).toBe(900_000 + priceNoticeMs);
});

test('the card in force is the newest that is valid and stands under the checkpoint', () => {
  const card = (validFromMs: number, logIndex: number): LoggedPriceCard => ({
    priceCardHash: `0x${logIndex.toString(16).padStart(64, '0')}`,
    logIndex,
    message: { body: { ...first, validFromMs }, signature: `0x${'00'.repeat(64)}` },
  });
  const cards = [card(100, 0), card(200, 5), card(300, 9)];
  expect(cardInForce(cards, 99)).toBeUndefined();
  expect(cardInForce(cards, 250)?.logIndex).toBe(5);
  expect(cardInForce(cards, 250, 5)?.logIndex).toBe(0);
  expect(cardInForce(cards, 1_000)?.logIndex).toBe(9);
});
