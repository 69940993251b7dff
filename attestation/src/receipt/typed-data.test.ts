import { eip712Types, marketDomain, type Receipt } from '@hearth/contracts/typed-data';
import { expect, test } from '@jest/globals';
import { hashTypedData } from 'viem';
import { hashReceipt } from './digests.ts';
import { typedDigest } from './typed-data.ts';

const domain = marketDomain(31337, '0x00000000000000000000000000000000000000aa');

const receipt = Object.fromEntries(
  (['Settlement', 'Execution'] as const).map((struct) => [
    struct.toLowerCase(),
    Object.fromEntries(eip712Types[struct].map(({ name, type }, i) => [name, example(type, i + 1)])),
  ]),
) as unknown as Receipt;

function example(type: string, seed: number): unknown {
  if (type === 'address') return `0x${seed.toString(16).padStart(40, '0')}`;
  const bytes = /^bytes(\d+)$/.exec(type);
  if (bytes) return `0x${seed.toString(16).padStart(Number(bytes[1]) * 2, '0')}`;
  return Number(type.slice(4)) <= 48 ? seed : BigInt(seed);
}

test('a nested struct hashes as in an independent EIP-712 implementation', () => {
  const expected = hashTypedData({ domain, types: eip712Types, primaryType: 'Receipt', message: receipt });
  expect(hashReceipt(domain, receipt)).toBe(expected);
});

test('an integer outside its width is refused, not wrapped', () => {
  const message = { ...receipt, settlement: { ...receipt.settlement, sequence: 1n << 64n } };
  expect(() => hashReceipt(domain, message)).toThrow('Settlement.sequence: out of range for uint64');
});

test('bytes of the wrong length are refused', () => {
  const keys = { jobHeaderHash: '0x01', enclaveKey: domain.verifyingContract };
  expect(() => typedDigest(domain, eip712Types, 'NotRun', keys)).toThrow(
    'NotRun.jobHeaderHash: expected 32 bytes',
  );
});
