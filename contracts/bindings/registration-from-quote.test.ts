import { expect, test } from '@jest/globals';
import { keccak256 } from 'viem';
import { hashPckKey, registrationFromQuote } from './registration-from-quote.ts';

// Whole quotes are split in test/contracts, where they can be made; here is what must not get that far.

/** A quote whose QE authentication data is empty and whose chain is `pem`, or claims to be `chainSize` long. */
function quoteWithChain(pem: string, chainSize = pem.length): Uint8Array {
  const quote = new Uint8Array(1226 + pem.length);
  new DataView(quote.buffer).setUint32(1222, chainSize, true);
  quote.set(new TextEncoder().encode(pem), 1226);
  return quote;
}

test.each([
  ['nothing', new Uint8Array(), 'expected more than 1220 bytes, got 0'],
  ['only its fixed part', new Uint8Array(1220), 'expected a certificate chain from byte 1226, got 1220'],
  ['less chain than it says', quoteWithChain('short', 6), 'expected 6 bytes of certificate chain, got 5'],
  [
    'a chain without certificates',
    quoteWithChain('no PEM'),
    'expected a PEM chain with leaf and intermediate',
  ],
])('a quote with %s is refused', (_defect, quote, message) => {
  expect(() => registrationFromQuote(quote)).toThrow(message);
});

test('a PCK key is known by the hash of its coordinates and its platform', () => {
  const [x, y, platformId] = (['01', '02', '03'] as const).map((byte) => `0x${byte.repeat(32)}` as const);
  if (x === undefined || y === undefined || platformId === undefined) throw new Error('unreachable');
  expect(hashPckKey({ x, y, platformId })).toBe(
    keccak256(`0x${'01'.repeat(32)}${'02'.repeat(32)}${'03'.repeat(32)}`),
  );
});
