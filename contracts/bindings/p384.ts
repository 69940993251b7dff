/** NIST P-384 (FIPS 186-4, D.1.2.4), y² = x³ − 3x + b. Plain bigint arithmetic: for building hints, never for secrets. */
export const p384 = {
  p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  g: {
    x: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    y: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
  },
} as const;

export type Point = { readonly x: bigint; readonly y: bigint };

/** The residue in [0, modulus). */
export function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** Extended Euclid; `value` must not be a multiple of the prime. */
export function invert(value: bigint, prime: bigint): bigint {
  let [r0, r1, s0, s1] = [prime, mod(value, prime), 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [s0, s1] = [s1, s0 - quotient * s1];
  }
  return mod(s0, prime);
}

/** The root with an even number, or undefined where there is none; p ≡ 3 mod 4. */
export function evenRoot(square: bigint): bigint | undefined {
  const { p } = p384;
  let [root, base] = [1n, mod(square, p)];
  for (let exponent = (p + 1n) / 4n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) root = (root * base) % p;
    base = (base * base) % p;
  }
  if ((root * root) % p !== mod(square, p)) return undefined;
  return root % 2n === 0n ? root : p - root;
}

export function curveRight(x: bigint): bigint {
  return mod(x * x * x - 3n * x + p384.b, p384.p);
}

/** Slope of the line through two points, or of the tangent. Undefined for a point and its negative. */
export function slopeOf(one: Point, other: Point): bigint | undefined {
  const { p } = p384;
  if (one.x !== other.x) return mod((other.y - one.y) * invert(other.x - one.x, p), p);
  return one.y === other.y ? mod((3n * one.x * one.x - 3n) * invert(2n * one.y, p), p) : undefined;
}

/** The third point on a line of this slope, mirrored. */
export function along(one: Point, other: Point, slope: bigint): Point {
  const x = mod(slope * slope - one.x - other.x, p384.p);
  return { x, y: mod(slope * (one.x - x) - one.y, p384.p) };
}

/** The sum of two points that are not each other's negative. */
export function add(one: Point, other: Point): Point {
  const slope = slopeOf(one, other);
  if (slope === undefined) throw new Error('a sum at infinity');
  return along(one, other, slope);
}

/** factor > 0 times a point, and no step at infinity. */
export function multiply(point: Point, factor: bigint): Point {
  const [, ...bits] = factor.toString(2);
  return bits.reduce((sum, bit) => (bit === '1' ? add(add(sum, sum), point) : add(sum, sum)), point);
}
