import { expect, test } from '@jest/globals';
import { BeaconSource } from './beacon-source.ts';
import type { Clock } from './clock.ts';

const hash = `0x${'b1'.repeat(32)}` as const;
const block = (blockNumber: number) => ({ blockNumber, blockHash: hash, timestampMs: blockNumber });
const round = (n: number) => ({
  drandChain: hash,
  round: n,
  signature: `0x${'51'.repeat(48)}` as const,
  timestampMs: n * 3_000,
});

test('a drand round goes before a block while it is fresh; without one the newest block counts', () => {
  let nowMs = 30_000;
  const source = new BeaconSource({ nowMs: () => nowMs } as Clock);
  expect(() => source.newest()).toThrow('no finalised block');
  source.see(block(7));
  source.see(block(6));
  expect(source.newest()).toEqual(block(7));
  expect(source.seeRound(round(10))).toBe(true);
  expect(source.seeRound(round(9))).toBe(false);
  expect(source.newest()).toEqual(round(10));
  nowMs += 15_000;
  expect(source.newest()).toEqual(round(10));
  nowMs += 1;
  expect(source.newest()).toEqual(block(7));
});

test('a round from the future of our clock is not taken: asks could be ground against it', () => {
  const source = new BeaconSource({ nowMs: () => 30_000 } as Clock);
  source.see(block(1));
  expect(source.seeRound(round(11))).toBe(false);
  expect(source.newest()).toEqual(block(1));
});
