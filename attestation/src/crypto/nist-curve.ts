import { BoundedMap } from '../bytes/bounded-map.ts';
import { bareHexToBytes, bytesToHex } from '../bytes/hex.ts';
import { latin1ToText } from '../bytes/text.ts';
import type { EcdsaCurve } from './engine.ts';
import { isBelow } from './magnitude.ts';

/** y² = x³ − 3x + b over a prime field (FIPS 186-5, SP 800-186 §3.2.1). */
type NistCurve = {
  /** Bytes of a coordinate and of a scalar. */
  readonly size: number;
  readonly prime: bigint;
  readonly order: bigint;
  readonly b: bigint;
};

export const nistCurves: Readonly<Record<EcdsaCurve, NistCurve>> = {
  p256: {
    size: 32,
    prime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  p384: {
    size: 48,
    prime:
      0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
};

/** Points that were on their curve, by curve and bytes: vendor keys come back with every piece of evidence. */
const knownPoints = new BoundedMap<true>(64);

/** Whether x ‖ y is an affine point of the curve (the point at infinity has no such form). */
export function isOnCurve(curve: EcdsaCurve, publicKey: Uint8Array): boolean {
  const { size, prime, b } = nistCurves[curve];
  if (publicKey.length !== 2 * size) return false;
  const name = `${curve} ${latin1ToText(publicKey)}`;
  if (knownPoints.get(name)) return true;
  const x = toBigInt(publicKey.subarray(0, size));
  const y = toBigInt(publicKey.subarray(size));
  if (x >= prime || y >= prime || (y * y - (x * x * x - 3n * x + b)) % prime !== 0n) return false;
  knownPoints.set(name, true);
  return true;
}

/** Whether r ‖ s has the curve's length and both lie in 1..n−1. */
export function isSignatureInRange(curve: EcdsaCurve, signature: Uint8Array): boolean {
  const { size } = nistCurves[curve];
  if (signature.length !== 2 * size) return false;
  return [signature.subarray(0, size), signature.subarray(size)].every(
    (scalar) => scalar.some((byte) => byte !== 0) && isBelow(scalar, orders[curve]),
  );
}

const orders = {
  p256: toBytes(nistCurves.p256.order, 32),
  p384: toBytes(nistCurves.p384.order, 48),
};

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(bytesToHex(bytes));
}

function toBytes(integer: bigint, size: number): Uint8Array {
  return bareHexToBytes(integer.toString(16), size);
}
