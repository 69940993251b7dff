import { expect, test } from '@jest/globals';
import { toSettleItem } from './settle-item.ts';

const word = (byte: string): `0x${string}` => `0x${byte.repeat(32)}`;
const lowS = '11'.repeat(32);

function claim(enclaveSignature: `0x${string}`) {
  return {
    settlement: {
      orderHash: word('01'),
      enclaveKey: `0x${'02'.repeat(20)}`,
      provider: `0x${'03'.repeat(20)}`,
      sequence: 1n,
      cumulativePicoUsd: 2n,
      priorReceiptsRoot: word('04'),
    },
    executionHash: word('05'),
    enclaveSignature,
    cumulativeCapPicoUsd: 3n,
    jobHeaderHash: word('06'),
    sessionSignature: `0x${'07'.repeat(32)}${lowS}1b`,
  } as const;
}

test('v = 27 leaves s as it is, v = 28 sets its top bit (ERC-2098)', () => {
  const even = toSettleItem(claim(`0x${'aa'.repeat(32)}${lowS}1b`));
  expect(even).toMatchObject({ enclaveR: word('aa'), enclaveVs: `0x${lowS}`, sessionVs: `0x${lowS}` });
  const odd = toSettleItem(claim(`0x${'aa'.repeat(32)}${lowS}1c`));
  expect(odd.enclaveVs).toBe(`0x91${lowS.slice(2)}`);
});

test('a small s keeps its leading zeros', () => {
  const item = toSettleItem(claim(`0x${'aa'.repeat(32)}${'00'.repeat(31)}011c`));
  expect(item.enclaveVs).toBe(`0x80${'00'.repeat(30)}01`);
});

test.each([
  ['64 bytes', `0x${'aa'.repeat(64)}`],
  ['v of 0', `0x${'aa'.repeat(32)}${lowS}00`],
  ['an s with its top bit set', `0x${'aa'.repeat(32)}${'ff'.repeat(32)}1b`],
] as const)('a signature with %s is refused', (_defect, signature) => {
  expect(() => toSettleItem(claim(signature))).toThrow('expected 65 bytes with low s');
});
