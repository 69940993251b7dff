import { expect, test } from '@jest/globals';
import { clear } from './clear.ts';
import { answerWithinMs, leaseExpiresAtMs, SilentNodes } from './dispatch.ts';
import { sampleAsk, sampleInput } from './sample-market.ts';

const { winner, runnersUp } = clear(
  sampleInput({ asks: [1, 2, 3].map((n) => sampleAsk(n, { multiplierPpm: 1_000_000 + n })) }),
);
const ranking = winner ? [winner, ...runnersUp] : [];
const keyOf = (place: number) => ranking[place]?.standing.ask.nodeKey ?? '0x';
const order = (silent: SilentNodes, nowMs: number) =>
  silent.last(ranking, nowMs).map((candidate) => ranking.indexOf(candidate));

test('a node that left an offer unanswered is asked last for ten seconds, never left out', () => {
  const silent = new SilentNodes();
  expect(order(silent, 0)).toEqual([0, 1, 2]);
  silent.add(keyOf(0), 0);
  expect(order(silent, 9_999)).toEqual([1, 2, 0]);
  expect(order(silent, 10_000)).toEqual([0, 1, 2]);
});

test('silent nodes keep their merit order among themselves', () => {
  const silent = new SilentNodes();
  for (const place of [2, 0, 1]) silent.add(keyOf(place), 0);
  expect(order(silent, 1)).toEqual([0, 1, 2]);
});

test('a node that stays silent twice is asked last for ten seconds after the second time', () => {
  const silent = new SilentNodes();
  silent.add(keyOf(0), 0);
  silent.add(keyOf(1), 5);
  silent.add(keyOf(0), 9_000);
  silent.add(keyOf(2), 11_000); // forgets whoever is over
  expect(order(silent, 12_000)).toEqual([1, 0, 2]);
  expect(order(silent, 20_000)).toEqual([0, 1, 2]);
});

test('an offer waits for three round trips, at least as long as the gateway always does', () => {
  expect([answerWithinMs(150, undefined), answerWithinMs(150, 20), answerWithinMs(150, 90)]).toEqual([
    150, 150, 270,
  ]);
});

test('a lease ends after ten minutes, or with its order', () => {
  expect([leaseExpiresAtMs(1_000, 10_000_000), leaseExpiresAtMs(1_000, 5_000)]).toEqual([601_000, 5_000]);
});
