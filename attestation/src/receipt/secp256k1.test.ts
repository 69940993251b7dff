import { expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf, fromHex, type Hex, recoverSigner, signDigest, toHex } from './index.ts';

const key = fromHex(`0x${'11'.repeat(32)}`);
const digest: Hex = `0x${'ab'.repeat(32)}`;

test('signs the same bytes as an independent implementation and recovers the signer', () => {
  const signature = signDigest(digest, key);
  const reference = secp256k1.sign(fromHex(digest), key, { prehash: false, format: 'recovered' });
  expect(signature).toBe(toHex(Uint8Array.of(...reference.subarray(1), 27 + (reference[0] as number))));
  expect(recoverSigner(digest, signature)).toBe(addressOf(key));
});

test('the high-s twin of a valid signature recovers to nobody', () => {
  const bytes = fromHex(signDigest(digest, key));
  const s = BigInt(toHex(bytes.subarray(32, 64)));
  const high = (secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, '0');
  const twin = `${toHex(bytes.subarray(0, 32))}${high}${bytes[64] === 27 ? '1c' : '1b'}` as Hex;
  expect(recoverSigner(digest, twin)).toBeUndefined();
});

test.each(['0x', `0x${'00'.repeat(65)}`, `0x${'ff'.repeat(65)}`, `0x${'11'.repeat(64)}`] as Hex[])(
  'malformed signature %s recovers to nobody',
  (signature) => expect(recoverSigner(digest, signature)).toBeUndefined(),
);
