import { jobClasses } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { classPrices } from './class-prices.ts';

const { chat, completion, embedding, rerank, vision } = jobClasses;
const textModel = [chat, completion, embedding];

test('all that the model can is sold at one price, until the owner says otherwise', () => {
  const ask = { multiplierPpm: 900_000, slots: 2, classes: {} };
  expect(classPrices(ask, textModel, 900_000)).toEqual(
    textModel.map((jobClass) => ({ class: jobClass, multiplierPpm: 900_000 })),
  );
});

test('a class has its own price or is not sold, and what the model cannot is never sold', () => {
  const ask = {
    multiplierPpm: 900_000,
    slots: 2,
    classes: { embedding: 500_000, completion: 'off' as const, rerank: 1 },
  };
  expect(classPrices(ask, textModel, 900_000)).toEqual([
    { class: chat, multiplierPpm: 900_000 },
    { class: embedding, multiplierPpm: 500_000 },
  ]);
  expect(classPrices(ask, [rerank, vision], 900_000)).toEqual([{ class: rerank, multiplierPpm: 1 }]);
});

test('a new price for all moves the single ones with it', () => {
  const ask = { multiplierPpm: 900_000, slots: 2, classes: { embedding: 450_000 } };
  expect(classPrices(ask, [chat, embedding], 1_000_001)).toEqual([
    { class: chat, multiplierPpm: 1_000_001 },
    { class: embedding, multiplierPpm: 500_001 },
  ]);
});
