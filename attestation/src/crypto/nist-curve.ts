import { bytesToHex } from '../bytes/hex.ts';
import type { EcdsaCurve } from './engine.ts';

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

/** Whether x ‖ y is an affine point of the curve (the point at infinity has no such form). */
export function isOnCurve(curve: EcdsaCurve, publicKey: Uint8Array): boolean {
  const { size, prime, b } = nistCurves[curve];
  if (publicKey.length !== 2 * size) return false;
  const x = toBigInt(publicKey.subarray(0, size));
  const y = toBigInt(publicKey.subarray(size));
  return x < prime && y < prime && (y * y - (x * x * x - 3n * x + b)) % prime === 0n;
}

/** Whether r ‖ s has the curve's length and both lie in 1..n−1. */
export function isSignatureInRange(curve: EcdsaCurve, signature: Uint8Array): boolean {
  const { size, order } = nistCurves[curve];
  if (signature.length !== 2 * size) return false;
  return [signature.subarray(0, size), signature.subarray(size)].every((bytes) => {
    const scalar = toBigInt(bytes);
    return scalar > 0n && scalar < order;
  });
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(bytesToHex(bytes));
}
