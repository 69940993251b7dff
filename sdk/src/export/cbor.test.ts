import { toHex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { type Cbor, encodeCbor } from './cbor.ts';

// RFC 8949, appendix A.
test.each<[string, Cbor, string]>([
  ['0', 0, '00'],
  ['23', 23, '17'],
  ['24', 24, '1818'],
  ['1000', 1000, '1903e8'],
  ['1000000', 1_000_000, '1a000f4240'],
  ['1000000000000', 1_000_000_000_000, '1b000000e8d4a51000'],
  ['18446744073709551615', 18_446_744_073_709_551_615n, '1bffffffffffffffff'],
  ['-1', -1, '20'],
  ['-1000', -1000, '3903e7'],
  ["h'01020304'", Uint8Array.of(1, 2, 3, 4), '4401020304'],
  ['"ü"', 'ü', '62c3bc'],
  ['[1, [2, 3]]', [1, [2, 3]], '8201820203'],
  [
    '{"a": 1, "b": [2, 3]}',
    new Map<string, Cbor>([
      ['b', [2, 3]],
      ['a', 1],
    ]),
    'a26161016162820203',
  ],
  ['1(1363896240)', { tag: 1, content: 1_363_896_240 }, 'c11a514b67b0'],
])('%s', (_name, item, hex) => {
  expect(toHex(encodeCbor(item))).toBe(`0x${hex}`);
});

test('what no head can carry is refused', () => {
  expect(() => encodeCbor(1n << 64n)).toThrow('below 2^64');
});
