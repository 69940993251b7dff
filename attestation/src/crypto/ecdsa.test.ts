import { describe, expect, test } from '@jest/globals';
import { p256, p384 } from '@noble/curves/nist.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { BoundedMap } from '../bytes/bounded-map.ts';
import { bareHexToBytes, bytesToHex } from '../bytes/hex.ts';
import { createSigningKey, deriveP384SecretKey, deriveSecretKey } from '../simulated/signing-key.ts';
import { isOnCurve, verifyEcdsa } from './index.ts';
import { nistCurves } from './nist-curve.ts';

const message = new TextEncoder().encode('message');

describe.each([
  ['p256', 'sha256', p256, deriveSecretKey],
  ['p384', 'sha384', p384, deriveP384SecretKey],
] as const)('%s with %s', (curve, hash, noble, derive) => {
  const { size, order, prime } = nistCurves[curve];
  const pointOf = (secretKey: Uint8Array): Uint8Array => noble.getPublicKey(secretKey, false).slice(1);
  const scalar = (value: bigint): Uint8Array => bareHexToBytes(value.toString(16).padStart(2 * size, '0'));

  const secretKey = derive('ecdsa test');
  const publicKey = pointOf(secretKey);
  const signature = noble.sign(message, secretKey, { lowS: true });
  const r = signature.slice(0, size);
  const s = BigInt(bytesToHex(signature.slice(size)));

  test('a signature of another implementation verifies, in both its low-s and high-s form', () => {
    expect(verifyEcdsa(curve, hash, message, signature, publicKey)).toBe(true);
    expect(verifyEcdsa(curve, hash, message, concatBytes(r, scalar(order - s)), publicKey)).toBe(true);
  });

  test.each([
    ['r = 0', concatBytes(scalar(0n), scalar(s))],
    ['s = 0', concatBytes(r, scalar(0n))],
    ['both 0', new Uint8Array(2 * size)],
    ['r = n', concatBytes(scalar(order), scalar(s))],
    ['s = n', concatBytes(r, scalar(order))],
    ['r = n − 1', concatBytes(scalar(order - 1n), scalar(s))],
    ['s = n − 1', concatBytes(r, scalar(order - 1n))],
    ['r = p', concatBytes(scalar(prime), scalar(s))],
    ['s − 1', concatBytes(r, scalar(s - 1n))],
    ['all bits set', new Uint8Array(2 * size).fill(0xff)],
    ['a byte too few', signature.slice(1)],
    ['a byte too many', concatBytes(signature, Uint8Array.of(0))],
    ['r and s swapped', concatBytes(scalar(s), r)],
    ['nothing', new Uint8Array()],
  ])('a signature with %s is refused without an exception', (_name, bad) => {
    expect(verifyEcdsa(curve, hash, message, bad, publicKey)).toBe(false);
  });

  test('another message, key or hash is refused, also right after the right one passed', () => {
    expect(verifyEcdsa(curve, hash, message, signature, publicKey)).toBe(true);
    expect(verifyEcdsa(curve, hash, message.slice(1), signature, publicKey)).toBe(false);
    expect(verifyEcdsa(curve, hash, message, signature, pointOf(derive('another key')))).toBe(false);
    expect(verifyEcdsa(curve, 'sha512', message, signature, publicKey)).toBe(false);
  });

  test('points off the curve, out of the field or of another size are no keys', () => {
    const y = BigInt(bytesToHex(publicKey.slice(size)));
    const x = publicKey.slice(0, size);
    const bads = [
      publicKey.map((byte, index) => (index === 2 * size - 1 ? byte ^ 1 : byte)),
      new Uint8Array(2 * size),
      new Uint8Array(2 * size).fill(0xff),
      publicKey.slice(1),
      concatBytes(Uint8Array.of(4), publicKey),
      concatBytes(publicKey.slice(size), x),
    ];
    for (const bad of bads) {
      expect(isOnCurve(curve, bad)).toBe(false);
      expect(verifyEcdsa(curve, hash, message, signature, bad)).toBe(false);
    }
    // −P is a point, but another key.
    const negated = concatBytes(x, scalar(prime - y));
    expect(isOnCurve(curve, negated)).toBe(true);
    expect(verifyEcdsa(curve, hash, message, signature, negated)).toBe(false);
  });

  test('a coordinate of p or more is no other name for a small one', () => {
    // (0, √b) is on both curves; p fits the field's bytes, so x = p would be a second name for the point.
    const { Point } = noble;
    const { y } = Point.fromAffine(
      Point.fromBytes(concatBytes(Uint8Array.of(2), new Uint8Array(size))).toAffine(),
    ).toAffine();
    expect(isOnCurve(curve, concatBytes(scalar(0n), scalar(y)))).toBe(true);
    expect(isOnCurve(curve, concatBytes(scalar(prime), scalar(y)))).toBe(false);
  });
});

test('what is remembered is bounded, and answers stay right when many pass through', () => {
  const keys = Array.from({ length: 70 }, (_, index) => createSigningKey(deriveSecretKey(`key ${index}`)));
  const points = keys.map(({ publicKey }) => publicKey);
  const signed = keys.map((key) => key.sign(message));
  const verdicts = (shift: number): boolean[] =>
    points.map((point, at) =>
      verifyEcdsa('p256', 'sha256', message, signed[(at + shift) % signed.length] ?? message, point),
    );
  for (let round = 0; round < 2; round += 1) {
    expect(verdicts(0)).not.toContain(false);
    expect(verdicts(1)).not.toContain(true);
  }
});

test('a bounded map forgets the oldest entry first', () => {
  const map = new BoundedMap<number>(2);
  for (const key of ['a', 'b', 'c']) map.set(key, 1);
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([undefined, 1, 1]);
});
