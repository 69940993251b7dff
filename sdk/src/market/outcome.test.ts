import { expect, test } from '@jest/globals';
import { clear } from './clear.ts';
import { outcomeRule } from './outcome.ts';
import { logged } from './sample-clearing.ts';
import { hash, sampleAsk, sampleInput } from './sample-market.ts';

const multipliers = [1_000_000, 1_100_000, 1_200_000, 1_300_000, 1_400_000];
const standing = multipliers.map((multiplierPpm, n) => sampleAsk(n, { multiplierPpm }));
const full = sampleAsk(5, {}, { freeSlots: 0 });
const input = sampleInput({ asks: [...standing, full] });

test('each ask learns that it won, was refused and why, or what it would have had to ask', () => {
  const outcomeOf = outcomeRule(logged(input), input);
  expect([...standing, full].map(outcomeOf)).toEqual([
    { kind: 'won', multiplierPpm: 1_000_000 },
    ...[1, 2, 3, 4].map(() => ({
      kind: 'outbid',
      clearingEffectiveAsk: 1_128_669,
      winningPpm: 999_999,
    })),
    { kind: 'refused', reason: 'slots' },
  ]);
});

test('who ranked before the seller did not sell, and who was passed over was not attested', () => {
  const attestedEnclaves = new Set(standing.slice(1).map(({ ask }) => ask.enclaveKey));
  const outcomeOf = outcomeRule(logged({ ...input, attestedEnclaves }, 1), input);
  expect(standing.slice(0, 3).map(outcomeOf)).toEqual([
    { kind: 'refused', reason: 'attestation' },
    { kind: 'not_sold' },
    { kind: 'won', multiplierPpm: 1_200_000 },
  ]);
});

test.each([500_000, 777_777, 886_000, 900_000])(
  'with the winning multiplier it would have won, with one more at best tied (quality %i)',
  (qualityPpm) => {
    const qualityPpmByPlatform = new Map([[hash(0xf001), qualityPpm]]);
    const priced = sampleInput({ asks: standing, qualityPpmByPlatform });
    const outcome = outcomeRule(logged(priced), priced)(standing[1] as never);
    const { winningPpm } = outcome as { winningPpm: number };
    const winnerAt = (multiplierPpm: number) => {
      const asks = standing.with(1, sampleAsk(1, { multiplierPpm }));
      return clear({ ...priced, asks }).winner;
    };
    expect(winnerAt(winningPpm)?.askId).toBe(hash(0xa5001));
    expect(winnerAt(winningPpm + 1)?.effectiveAsk).toBe(logged(priced).winner.effectiveAsk);
  },
);
