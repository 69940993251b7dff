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

/** factor > 0 times a point, and no step at infinity. Divides once, at the end: a division costs as much as fifty products. */
export function multiply(point: Point, factor: bigint): Point {
  const { p } = p384;
  const [, ...bits] = factor.toString(2);
  let sum: Projective = [point.x, point.y, 1n];
  for (const bit of bits) {
    sum = doubled(sum);
    if (bit === '1') sum = plus(sum, point);
    if (sum[2] === 0n) throw new Error('a sum at infinity');
  }
  const inverse = invert(sum[2], p);
  const square = (inverse * inverse) % p;
  return { x: (sum[0] * square) % p, y: (((sum[1] * square) % p) * inverse) % p };
}

/** Jacobian coordinates: x = X/Z², y = Y/Z³, and Z = 0 at infinity. */
type Projective = readonly [x: bigint, y: bigint, z: bigint];

function doubled([x, y, z]: Projective): Projective {
  const { p } = p384;
  const [ySquare, zSquare] = [(y * y) % p, (z * z) % p];
  const between = (4n * x * ySquare) % p;
  const slope = (3n * (x - zSquare) * (x + zSquare)) % p;
  const newX = mod(slope * slope - 2n * between, p);
  return [newX, mod(slope * (between - newX) - 8n * ySquare * ySquare, p), (2n * y * z) % p];
}

function plus([x, y, z]: Projective, point: Point): Projective {
  const { p } = p384;
  const zSquare = (z * z) % p;
  const across = mod(point.x * zSquare - x, p);
  const up = mod(point.y * zSquare * z - y, p);
  if (across === 0n && up === 0n) return doubled([x, y, z]);
  const square = (across * across) % p;
  const cube = (across * square) % p;
  const between = (x * square) % p;
  const newX = mod(up * up - cube - 2n * between, p);
  return [newX, mod(up * (between - newX) - y * cube, p), (z * across) % p];
}
