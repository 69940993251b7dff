import { expect, test } from '@jest/globals';
import { replayClearing } from './replay.ts';
import { logged } from './sample-clearing.ts';
import { account, hash, sampleAsk, sampleInput } from './sample-market.ts';

const asks = [
  sampleAsk(1),
  sampleAsk(2, { multiplierPpm: 900_000 }),
  sampleAsk(3, { multiplierPpm: 1_200_000 }),
  sampleAsk(4, { multiplierPpm: 1_300_000 }),
  sampleAsk(5, { multiplierPpm: 100_000, region: 'FR' }),
];
const input = sampleInput({ asks, regions: ['DE'], windowPricePpm: 1_500_000, ceilingPpm: 1_250_000 });

test.each([0, 1, 2])('an honest clearing sold to place %i replays without difference', (sold) => {
  expect(replayClearing(logged(input, sold), input)).toEqual([]);
  const thin = sampleInput({ asks });
  expect(replayClearing(logged(thin, sold), thin)).toEqual([]);
});

const honest = logged(input);
test.each([
  ['a swapped ranking', { ranking: [...honest.ranking].reverse() }, 'ranking'],
  ['a shortened ranking', { ranking: honest.ranking.slice(0, 1) }, 'ranking'],
  ['a winner from outside', { winner: { ...honest.winner, askId: hash(0xa5004) } }, 'winner'],
  ['a higher price', { winner: { ...honest.winner, priceOutput: 9n } }, 'winner.priceOutput'],
  ['another multiplier', { winner: { ...honest.winner, multiplierPpm: 1 } }, 'winner.multiplierPpm'],
  ['another effective ask', { winner: { ...honest.winner, effectiveAsk: 1 } }, 'winner.effectiveAsk'],
  ['an attested ask passed over', { unattested: [honest.ranking[0] ?? hash(0)] }, 'ranking'],
  ['an ask called unattested that was refused anyway', { unattested: [hash(0xa5005)] }, 'unattested'],
  ['another price card', { priceCardHash: hash(9) }, 'priceCardHash'],
  ['another request id', { requestId: hash(0xff) }, undefined],
  ['another window price', { windowPricePpm: null }, 'windowPricePpm'],
  ['a buyer that owns the winner', { buyer: account(0xbeef02) }, 'ranking'],
])('%s is named', (_, change, field) => {
  const fields = replayClearing({ ...honest, ...change }, input).map((found) => found.field);
  // Without a tie the request id decides nothing; its digest is the caller's to check.
  if (field === undefined) expect(fields).toEqual([]);
  else expect(fields).toContain(field);
});

test('whom the clearing calls unattested is passed over, and one that was not passed over must not be called so', () => {
  const attestedEnclaves = new Set(asks.slice(1).map(({ ask }) => ask.enclaveKey));
  const clearing = logged({ ...input, attestedEnclaves });
  expect(clearing.unattested).toEqual([hash(0xa5001)]);
  expect(replayClearing(clearing, input)).toEqual([]);
  const kept = replayClearing({ ...clearing, unattested: [] }, input).map(({ field }) => field);
  expect(kept).toContain('ranking');
});

test('a cheaper ask that was left out of the leaf shows as soon as the log has it', () => {
  const withoutCheapest = sampleInput({
    ...input,
    asks: asks.filter(({ ask }) => ask.multiplierPpm !== 900_000),
  });
  expect(replayClearing(logged(withoutCheapest), input)).toContainEqual(
    expect.objectContaining({ field: 'ranking' }),
  );
});
