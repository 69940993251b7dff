import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import type { LoggedAsk, LoggedOffer, LoggedSlotCounter } from '../providers/ask-log.ts';
import { StandingBook } from './standing-book.ts';

const key = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
const address = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`;
const model = key(0xaa);
const signature: Hex = `0x${'00'.repeat(64)}`;

const ask = (logIndex: number, node: number, multiplierPpm: number, changes: object = {}): LoggedAsk => ({
  kind: 'ask',
  logIndex,
  messageId: key(logIndex),
  atMs: logIndex * 10,
  platformId: key(0xbb),
  message: {
    signature,
    body: {
      v: 1,
      nodeKey: key(node),
      provider: address(node),
      enclaveKey: address(node),
      model: 'ember',
      modelDigest: model,
      priceCardHash: key(0xcc),
      region: 'DE',
      tier: 0,
      class: 0,
      multiplierPpm,
      slots: 4,
      maxContextTokens: 1024,
      validFromMs: 0,
      validUntilMs: 1_000_000,
      seq: 1,
      prevAskHash: key(0),
      ...changes,
    },
  },
});
const counter = (logIndex: number, node: number, used: number): LoggedSlotCounter => ({
  kind: 'slot-counter',
  logIndex,
  messageId: key(logIndex),
  atMs: logIndex * 10,
  message: {
    signature,
    body: {
      v: 1,
      nodeKey: key(node),
      enclaveKey: address(node),
      slots: 4,
      used,
      pause: null,
      seq: logIndex,
      atMs: 0,
    },
  },
});
const bookOf = (offers: LoggedOffer[], size: number, horizon = 0) => {
  const book = new StandingBook();
  book.fold(offers, size, horizon);
  return book;
};
const seen = (book: StandingBook, size: number) =>
  book
    .asksFor(model, size)
    .map(({ ask: { multiplierPpm }, freeSlots, logIndexes }) => ({ multiplierPpm, freeSlots, logIndexes }));

test('the book of a tree size holds what stands under it and nothing younger', () => {
  const book = bookOf([ask(1, 1, 100), ask(3, 2, 200), ask(5, 1, 150)], 6);
  expect(seen(book, 1)).toEqual([]);
  expect(seen(book, 2)).toEqual([{ multiplierPpm: 100, freeSlots: 4, logIndexes: [1] }]);
  expect(seen(book, 5).map(({ multiplierPpm }) => multiplierPpm)).toEqual([100, 200]);
  expect(seen(book, 6).map(({ multiplierPpm }) => multiplierPpm)).toEqual([150, 200]);
});

test('free slots follow the newest counter under the same tree size, and before the first one all are free', () => {
  const book = bookOf([ask(1, 1, 100), counter(2, 1, 3), counter(4, 1, 4)], 5);
  expect([2, 3, 5].map((size) => seen(book, size)[0])).toEqual([
    { multiplierPpm: 100, freeSlots: 4, logIndexes: [1] },
    { multiplierPpm: 100, freeSlots: 1, logIndexes: [1, 2] },
    { multiplierPpm: 100, freeSlots: 0, logIndexes: [1, 4] },
  ]);
});

test('a node may stand in several classes and models at once', () => {
  const other = key(0xdd);
  const book = bookOf(
    [ask(1, 1, 100), ask(2, 1, 110, { class: 2 }), ask(3, 1, 120, { modelDigest: other })],
    4,
  );
  expect(seen(book, 4)).toHaveLength(2);
  expect(book.asksFor(other, 4)).toHaveLength(1);
});

test('what was replaced before the horizon is forgotten, what stood at it is kept', () => {
  const book = new StandingBook();
  book.fold([ask(1, 1, 100), ask(2, 1, 110), ask(3, 1, 120)], 4, 0);
  book.fold([ask(6, 1, 130)], 7, 3);
  expect(seen(book, 2)).toEqual([]); // too old to be cited
  expect(seen(book, 3).map(({ multiplierPpm }) => multiplierPpm)).toEqual([110]);
  expect(seen(book, 7).map(({ multiplierPpm }) => multiplierPpm)).toEqual([130]);
});

test('folding in pieces gives the same book as folding at once', () => {
  const offers = [ask(0, 1, 100), counter(1, 1, 1), ask(2, 2, 90), ask(3, 1, 80), counter(4, 2, 2)];
  const whole = bookOf(offers, 5);
  const pieces = new StandingBook();
  for (let from = 0; from < 5; from += 1) pieces.fold(offers.slice(from, from + 1), from + 1, 0);
  for (let size = 0; size <= 5; size += 1) expect(seen(pieces, size)).toEqual(seen(whole, size));
});

test('an ask that ended is dropped when told', () => {
  const book = bookOf([ask(1, 1, 100, { validUntilMs: 500 }), ask(2, 2, 110)], 3);
  book.dropEndedBefore(501);
  expect(seen(book, 3).map(({ multiplierPpm }) => multiplierPpm)).toEqual([110]);
});
