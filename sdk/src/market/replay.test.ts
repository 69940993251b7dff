import { expect, test } from '@jest/globals';
import type { Clearing } from '../protocol/clearing.ts';
import { clear } from './clear.ts';
import type { ClearingInput } from './clearing-input.ts';
import { replayClearing } from './replay.ts';
import { account, hash, sampleAsk, sampleInput } from './sample-market.ts';

const asks = [
  sampleAsk(1),
  sampleAsk(2, { multiplierPpm: 900_000 }),
  sampleAsk(3, { multiplierPpm: 1_200_000 }),
  sampleAsk(4, { multiplierPpm: 1_300_000 }),
  sampleAsk(5, { multiplierPpm: 100_000, region: 'FR' }),
];
const input = sampleInput({ asks, regions: ['DE'], windowPricePpm: 1_500_000, ceilingPpm: 1_250_000 });

/** What an honest gateway logs. @param sold place in the ranking of the node that accepted */
function logged(of: ClearingInput, sold = 0): Clearing {
  const { winner, runnersUp, refusals } = clear(of);
  const ranking = winner === undefined ? [] : [winner, ...runnersUp];
  const seller = ranking[sold];
  if (seller === undefined) throw new Error('expected a seller');
  return {
    v: 1,
    requestId: of.requestId,
    request: {
      request: {
        ...of.request,
        orderHash: hash(1),
        policyHash: hash(2),
        regionsHash: hash(3),
        holdPicoUsd: 1n,
        checkpointSize: 1n,
        checkpointRoot: hash(4),
        requestedAtMs: 9_999n,
        salt: hash(5),
      },
      signature: '0x00',
      regions: [...of.regions],
    },
    buyer: of.buyer,
    atMs: of.atMs,
    beacon: { blockNumber: 7, ...of.beacon },
    priceCardHash: of.priceCard.priceCardHash,
    windowPricePpm: of.windowPricePpm ?? null,
    ceilingPpm: of.ceilingPpm ?? null,
    ranking: ranking.map(({ askId }) => askId),
    winner: {
      askId: seller.askId,
      leaseId: hash(6),
      effectiveAsk: seller.effectiveAsk,
      multiplierPpm: seller.multiplierPpm,
      ...seller.prices,
    },
    refusals: [...refusals],
  };
}

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
  [
    'an invented refusal',
    { refusals: [...honest.refusals, { askId: hash(0xa5004), reason: 'slots' as const }] },
    `refusals.${hash(0xa5004)}`,
  ],
  ['a hidden refusal', { refusals: [] }, `refusals.${hash(0xa5005)}`],
  [
    'another reason',
    { refusals: [{ askId: hash(0xa5005), reason: 'tier' as const }] },
    `refusals.${hash(0xa5005)}`,
  ],
  ['another price card', { priceCardHash: hash(9) }, 'priceCardHash'],
  ['another request id', { requestId: hash(0xff) }, undefined],
  ['another window price', { windowPricePpm: null }, 'winner.multiplierPpm'],
  ['a buyer that owns the winner', { buyer: account(0xbeef02) }, 'ranking'],
])('%s is named', (_, change, field) => {
  const fields = replayClearing({ ...honest, ...change }, input).map((found) => found.field);
  // Without a tie the request id decides nothing; its digest is the caller's to check.
  if (field === undefined) expect(fields).toEqual([]);
  else expect(fields).toContain(field);
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
