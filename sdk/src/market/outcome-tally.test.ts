import { expect, test } from '@jest/globals';
import type { AskOutcome } from './outcome.ts';
import { tallyOutcomes } from './outcome-tally.ts';

const outbid = (winningPpm: number): AskOutcome => ({ kind: 'outbid', clearingEffectiveAsk: 1, winningPpm });

test('counts by reason, and says what would have won', () => {
  expect(
    tallyOutcomes([
      { kind: 'won', multiplierPpm: 5 },
      undefined,
      { kind: 'refused', reason: 'slots' },
      { kind: 'refused', reason: 'slots' },
      { kind: 'refused', reason: 'price' },
      { kind: 'not_sold' },
      ...[900, 700, 800, 600].map(outbid),
    ]),
  ).toEqual({
    won: 1,
    notSold: 1,
    outbid: 4,
    withoutAsk: 1,
    refused: { slots: 2, price: 1 },
    winningPpm: { oneOfThem: 900, halfOfThem: 800 },
  });
});

test('half of three is two', () => {
  expect(tallyOutcomes([900, 700, 800].map(outbid)).winningPpm).toEqual({ oneOfThem: 900, halfOfThem: 800 });
});

test('nothing outbid it: no price is named', () => {
  expect(tallyOutcomes([]).winningPpm).toBeNull();
});
