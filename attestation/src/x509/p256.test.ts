import { expect, test } from '@jest/globals';
import { BoundedMap } from '../bytes/bounded-map.ts';
import { createSigningKey, deriveSecretKey } from '../simulated/signing-key.ts';
import { isOnP256, verifyP256 } from './p256.ts';

const key = createSigningKey(deriveSecretKey('p256 test'));
const message = Buffer.from('message');
const signature = key.sign(message);
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const scalar = (value: bigint): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
const r = signature.slice(0, 32);
const s = BigInt(`0x${Buffer.from(signature.slice(32)).toString('hex')}`);
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

test('a signature of another implementation verifies, in both its low-s and high-s form', () => {
  expect(verifyP256(message, signature, key.publicKey)).toBe(true);
  expect(verifyP256(message, joined(r, scalar(order - s)), key.publicKey)).toBe(true);
});

test.each([
  ['r = 0', joined(scalar(0n), scalar(s))],
  ['s = 0', joined(r, scalar(0n))],
  ['r = n', joined(scalar(order), scalar(s))],
  ['s = n', joined(r, scalar(order))],
  ['s + n where it fits, or s − 1', joined(r, scalar(s - 1n))],
  ['63 bytes', signature.slice(1)],
  ['nothing', new Uint8Array()],
])('a signature with %s is refused without an exception', (_name, bad) => {
  expect(verifyP256(message, bad, key.publicKey)).toBe(false);
});

test('another message or key is refused', () => {
  expect(verifyP256(Buffer.from('massage'), signature, key.publicKey)).toBe(false);
  expect(verifyP256(message, signature, createSigningKey(deriveSecretKey('other')).publicKey)).toBe(false);
});

test('points off the curve, out of the field or of another size are no keys', () => {
  const off = key.publicKey.map((byte, index) => (index === 63 ? byte ^ 1 : byte));
  for (const bad of [off, new Uint8Array(64), new Uint8Array(64).fill(0xff), key.publicKey.slice(1)]) {
    expect(isOnP256(bad)).toBe(false);
    expect(verifyP256(message, signature, bad)).toBe(false);
  }
});

test('what is remembered is bounded, and answers stay right when many pass through', () => {
  const keys = Array.from({ length: 70 }, (_, index) => createSigningKey(deriveSecretKey(`key ${index}`)));
  const signed = keys.map((one) => one.sign(message));
  for (let round = 0; round < 2; round += 1) {
    expect(keys.map((one, at) => verifyP256(message, signed[at] ?? r, one.publicKey))).not.toContain(false);
    expect(keys.map((one, at) => verifyP256(message, signed[at + 1] ?? r, one.publicKey))).not.toContain(
      true,
    );
  }
});

test('a bounded map forgets the oldest entry first', () => {
  const map = new BoundedMap<number>(2);
  for (const key of ['a', 'b', 'c']) map.set(key, 1);
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([undefined, 1, 1]);
});
