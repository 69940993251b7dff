import { ed25519Key, type Signed, type Standing, signMessage, standing } from '@hearth/sdk/protocol';
import { beforeEach, expect, test } from '@jest/globals';
import { account, hash } from '../testing/sample-receipt.ts';
import { StandingDesk } from './standing-desk.ts';

const logKey = ed25519Key(new Uint8Array(32).fill(2));
const out = {
  reason: 'ejected' as const,
  cause: 'no_receipt' as const,
  missed: 4,
  trials: 6,
  untilMs: 600_000,
  logIndex: 17,
};
const told = (treeSize: number, limits: Standing['limits'], nodeKey = hash('4e')) =>
  signMessage(standing, { v: 1 as const, nodeKey, treeSize, atMs: treeSize, limits }, logKey);

let said: string[];
let kept: Signed<Standing>[];
let desk: StandingDesk;

beforeEach(() => {
  said = [];
  kept = [];
  desk = new StandingDesk({
    nodeKey: hash('4e'),
    report: (state, message) => said.push(`${state}: ${message}`),
    keep: (message) => kept.push(message),
  });
});

test('an ejection and its end are each said once, with their code, and kept as the market signed them', () => {
  desk.heard(told(10, []));
  const ejected = told(20, [out]);
  desk.heard(ejected);
  desk.heard(told(21, [out])); // the other replica
  const over = told(30, []);
  desk.heard(over);
  expect(said).toEqual([
    'standing: ejected: out until 1970-01-01T00:10:00.000Z: 4 of 6 jobs were lost without a receipt',
    'standing: the market holds nothing against this node',
  ]);
  expect(kept).toEqual([ejected, over]);
});

test('a replica that is behind the other does not bring back what is over', () => {
  desk.heard(told(30, []));
  desk.heard(told(20, [out]));
  expect(said).toEqual([]);
});

test('another node’s standing ends the link', () => {
  expect(() => desk.heard(told(1, [], hash('5e')))).toThrow('the standing of node 0x5e5e');
});

test.each([
  [
    { reason: 'overstated', slots: 1, logIndex: 3 },
    'overstated: 1 of your slots count: offers were refused although slots were free',
  ],
  [
    { reason: 'probation', poolId: hash('90'), slots: 2, receipts: 12, receiptsWanted: 200, logIndex: 3 },
    'probation: new here, 12 of 200 receipts: 2 slots count',
  ],
  [
    { reason: 'probation', poolId: hash('90'), slots: 0, receipts: 12, receiptsWanted: 200, logIndex: 3 },
    'probation: new here, 12 of 200 receipts: newcomers have had their share until the next table',
  ],
  [
    { reason: 'ceiling', poolId: hash('90'), multiplierPpm: 1_600_000, ceilingPpm: 1_500_000, logIndex: 3 },
    'ceiling: you ask 160 % of the price card, at most 150 % competes',
  ],
  [
    { reason: 'attestation', enclaveKey: account('0e') },
    `attestation: enclave ${account('0e')} was passed over: not registered, or its evidence is over`,
  ],
] satisfies [Standing['limits'][number], string][])('says %j in words', (limit, words) => {
  desk.heard(told(1, [limit]));
  expect(said).toEqual([`standing: ${words}`]);
});
