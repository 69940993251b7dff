import { expect, test } from '@jest/globals';
import { type SettlementClaim, toSettleCall, unpackPayments } from './settle-call.ts';

const word = (byte: string): `0x${string}` => `0x${byte.repeat(32)}`;
const key = (byte: string): `0x${string}` => `0x${byte.repeat(20)}`;
const lowS = '11'.repeat(32);
const even: `0x${string}` = `0x${'aa'.repeat(32)}${lowS}1b`;

function claim(
  over: Partial<SettlementClaim['settlement']> = {},
  enclaveSignature: `0x${string}` = even,
): SettlementClaim {
  return {
    settlement: {
      orderHash: word('01'),
      enclaveKey: key('02'),
      provider: key('03'),
      sequence: 1n,
      cumulativePicoUsd: 2n,
      priorReceiptsRoot: word('04'),
      ...over,
    },
    executionHash: word('05'),
    enclaveSignature,
    cumulativeCapPicoUsd: 3n,
    jobHeaderHash: word('06'),
    sessionSignature: `0x${'07'.repeat(32)}${lowS}1b`,
  };
}

const firstClaim = (of: SettlementClaim) => toSettleCall([of]).args[1][0]?.claims[0];

test('v = 27 leaves s as it is, v = 28 sets its top bit (ERC-2098)', () => {
  expect(firstClaim(claim())).toMatchObject({
    enclaveR: word('aa'),
    enclaveVs: `0x${lowS}`,
    sessionVs: `0x${lowS}`,
  });
  expect(firstClaim(claim({}, `0x${'aa'.repeat(32)}${lowS}1c`))?.enclaveVs).toBe(`0x91${lowS.slice(2)}`);
});

test('a small s keeps its leading zeros', () => {
  const small = claim({}, `0x${'aa'.repeat(32)}${'00'.repeat(31)}011c`);
  expect(firstClaim(small)?.enclaveVs).toBe(`0x80${'00'.repeat(30)}01`);
});

test.each([
  ['64 bytes', `0x${'aa'.repeat(64)}`],
  ['v of 0', `0x${'aa'.repeat(32)}${lowS}00`],
  ['an s with its top bit set', `0x${'aa'.repeat(32)}${'ff'.repeat(32)}1b`],
] as const)('a signature with %s is refused', (_defect, signature) => {
  expect(() => toSettleCall([claim({}, signature)])).toThrow('expected 65 bytes with low s');
});

test('claims are grouped by order, enclaves named once, and statuses come back in the order given', () => {
  const call = toSettleCall([
    claim({ orderHash: word('0a'), enclaveKey: key('e1'), sequence: 7n }),
    claim({ orderHash: word('0b'), enclaveKey: key('e2') }),
    claim({ orderHash: word('0a'), enclaveKey: key('e2'), cumulativePicoUsd: 9n }),
  ]);
  const [enclaveKeys, orders] = call.args;
  expect(enclaveKeys).toEqual([key('e1'), key('e2')]);
  expect(orders.map(({ orderHash, claims }) => [orderHash, claims.map(({ head }) => head)])).toEqual([
    [word('0a'), [7n, (1n << 64n) | 1n]],
    [word('0b'), [(1n << 64n) | 1n]],
  ]);
  expect(orders[0]?.claims[1]?.totals).toBe((3n << 128n) | 9n);
  expect(call.statusesOf([0, 1, 2])).toEqual(['settled', 'order-not-open', 'nothing-new']);
  expect(() => call.statusesOf([0, 1])).toThrow('one known status for each claim');
});

test('two words are one payment, an odd one is refused', () => {
  const enclave = 0x00ab_cdefn;
  const payments = [enclave | (5n << 160n), 7n | (11n << 64n) | (13n << 160n)];
  expect(unpackPayments(payments)).toEqual([
    {
      enclaveKey: `0x${'00'.repeat(16)}00abcdef`,
      paidMicroUsd: 5n,
      sequence: 7n,
      creditMicroUsd: 11n,
      feeMicroUsd: 13n,
    },
  ]);
  expect(() => unpackPayments([1n])).toThrow('two words for each pair');
});
