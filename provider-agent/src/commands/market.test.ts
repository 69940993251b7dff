import type { NodeOutcomes } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { outcomesInWords, toldInWords } from './market.ts';

const outcomes: NodeOutcomes = {
  nodeKey: `0x${'4e'.repeat(32)}`,
  fromMs: 0,
  toMs: 86_400_000,
  clearings: 20,
  isComplete: true,
  won: 4,
  notSold: 0,
  outbid: 9,
  withoutAsk: 0,
  refused: { slots: 2, price: 5 },
  winningPpm: { halfOfThem: 905_000, oneOfThem: 987_654 },
  slotLimit: null,
  ejectedUntilMs: null,
  asks: [
    {
      askId: `0x${'a5'.repeat(32)}`,
      modelDigest: `0x${'3d'.repeat(32)}`,
      class: 0,
      multiplierPpm: 1_000_000,
      qualityPpm: 990_000,
      effectiveAsk: 1_010_102,
      rank: 3,
      nodes: 8,
      freeSlots: 2,
      isPaused: false,
    },
  ],
  models: { [`0x${'3d'.repeat(32)}`]: 'ember' },
};

test('says in words what was won, why the rest was not, and what would have helped', () => {
  expect(outcomesInWords(outcomes, 24)).toBe(
    [
      'In the last 24 h the market sold 20 slots for what you run.',
      '  4 × you won',
      '  9 × another ask was better',
      '  5 × you asked more than the buyer pays',
      '  2 × all your slots were in use',
      'To win one of those where another was better you would have had to ask 98.77 %, for half of them 90.5 %.',
      'Now: ember, chat, at 100 % of the price card, quality 99 %, place 3 of 8, 2 slots free.',
    ].join('\n'),
  );
});

test('says who is out or clipped, and who has no ask', () => {
  const words = outcomesInWords(
    { ...outcomes, asks: [], slotLimit: 1, ejectedUntilMs: 0, isComplete: false },
    1,
  );
  expect(words).toContain('more than 20 slots');
  expect(words).toContain('You have no ask in the book now.');
  expect(words).toContain('Only 1 of your slots count');
  expect(words).toContain('You are out until 1970-01-01T00:00:00.000Z');
});

test('says what the market told the node, and when', () => {
  const body = { v: 1 as const, nodeKey: outcomes.nodeKey, treeSize: 9, atMs: 60_000 };
  const told = [
    { body: { ...body, limits: [{ reason: 'overstated' as const, slots: 1, logIndex: 3 }] } },
    { body: { ...body, atMs: 120_000, limits: [] } },
  ].map((message) => ({ ...message, signature: '0x' as const }));
  expect(toldInWords(told)).toEqual([
    'The market told this node:',
    '  1970-01-01T00:01:00.000Z overstated: 1 of your slots count: offers were refused although slots were free',
    '  1970-01-01T00:02:00.000Z the market holds nothing against this node',
  ]);
  expect(toldInWords([])).toEqual([]);
});
