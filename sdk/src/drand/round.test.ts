import { fromHex, sha256, toHex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { tieBreakOf } from '../market/tie-break.ts';
import { newestRoundAt, quicknet, roundTimeMs } from './network.ts';
import { faultOfRound, parseRound } from './round.ts';

/** As published: https://api.drand.sh/52db9ba7…/public/1000 */
const thousandth = {
  round: 1000,
  randomness: 'fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd',
  signature:
    'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
};
const beacon = parseRound(quicknet, thousandth);

test('a published round of quicknet is what its key signed, and breaks ties with its randomness', () => {
  expect(faultOfRound(quicknet, beacon)).toBeUndefined();
  expect(beacon.timestampMs).toBe(1_692_806_364_000);
  expect(tieBreakOf(beacon)).toEqual({
    blockHash: `0x${thousandth.randomness}`,
    timestampMs: 1_692_806_364_000,
  });
  expect(toHex(sha256(fromHex(beacon.signature)))).toBe(`0x${thousandth.randomness}`);
});

test.each([
  ['another round', { round: 1001, timestampMs: 1_692_806_367_000 }, 'not signed by'],
  ['another time', { timestampMs: 1_692_806_365_000 }, 'expected its time 1692806364000, got 1692806365000'],
  ['another chain', { drandChain: `0x${'11'.repeat(32)}` as const }, 'expected chain 0x52db'],
  ['bytes that are no point', { signature: `0x${'b4'.repeat(48)}` as const }, 'not signed by'],
  ['the point at infinity', { signature: `0xc0${'00'.repeat(47)}` as const }, 'not signed by'],
])('%s is refused', (_, changes, fault) => {
  expect(faultOfRound(quicknet, { ...beacon, ...changes })).toContain(fault);
});

test.each([undefined, {}, { round: 0, signature: thousandth.signature }, { round: 1, signature: 'ff' }])(
  'what is no round is refused: %j',
  (json) => {
    expect(() => parseRound(quicknet, json)).toThrow('drand: expected a round');
  },
);

test('rounds and times say each other', () => {
  expect(newestRoundAt(quicknet, roundTimeMs(quicknet, 1) - 1)).toBe(0);
  for (const round of [1, 2, 1000]) {
    const timeMs = roundTimeMs(quicknet, round);
    expect([timeMs, timeMs + 2_999].map((at) => newestRoundAt(quicknet, at))).toEqual([round, round]);
  }
});
