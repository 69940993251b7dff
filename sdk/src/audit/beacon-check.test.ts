import { expect, test } from '@jest/globals';
import { roundTimeMs } from '../drand/index.ts';
import { sampleNetwork, sampleRound } from '../drand/sample-network.ts';
import { BeaconCheck } from './beacon-check.ts';

const network = sampleNetwork(7);
const beacon = sampleRound(7, 50);
const atMs = beacon.timestampMs + 2_000;

test('rounds of the trusted network pass, and every source is counted', () => {
  const check = new BeaconCheck(network);
  expect(check.faultOf({ beacon, atMs })).toBeUndefined();
  expect(check.faultOf({ beacon, atMs: atMs + 1_000 })).toBeUndefined();
  const block = { blockNumber: 1, blockHash: `0x${'b1'.repeat(32)}` as const, timestampMs: atMs };
  expect(check.faultOf({ beacon: block, atMs })).toBeUndefined();
  expect(check.counts).toEqual({ blocks: 1, drandRounds: 2 });
});

test('a round that another key signed, or for another number, is named', () => {
  const check = new BeaconCheck(network);
  const forged = { ...sampleRound(8, 50), drandChain: network.chainHash };
  expect(check.faultOf({ beacon: forged, atMs })).toContain('round 50: not signed by');
  const moved = { ...beacon, round: 51, timestampMs: roundTimeMs(network, 51) };
  expect(check.faultOf({ beacon: moved, atMs })).toContain('round 51: not signed by');
  expect(check.faultOf({ beacon: sampleRound(8, 50), atMs })).toContain('expected chain');
});

test('an old round could have been chosen among many', () => {
  const check = new BeaconCheck(network);
  const lastMs = beacon.timestampMs + 21_000;
  expect(check.faultOf({ beacon, atMs: lastMs })).toBeUndefined();
  expect(check.faultOf({ beacon, atMs: lastMs + 1 })).toContain('expected at most 21000 ms old');
});

test('without a network in the trust file signatures are left alone', () => {
  const check = new BeaconCheck(undefined);
  expect(check.faultOf({ beacon: { ...beacon, signature: `0x${'00'.repeat(48)}` }, atMs })).toBeUndefined();
});
