import { add, along, invert, mod, multiply, type Point, p384, slopeOf } from './p384.ts';

/** What `P384.isValid` is asked about: numbers, the hash as the whole 384 bits. */
export type P384Signature = {
  readonly hash: bigint;
  readonly r: bigint;
  readonly s: bigint;
  readonly key: Point;
};

const half = 192n;
const { p, n, g } = p384;

/** B: x = SHA-384("hearth p384 offset 2"), the first number from 0 on that gives a point; a test computes it again. */
export const offset: Point = {
  x: 0x78a572d6f183fcf27df6d004aab4739031c745346241daccfed8e606fe468ae33413cb21277be6db6996ff19102735b7n,
  y: 0x1c67005f10433a33ddc2362d807526798ad27da99873a586247e8c111554da8d0054a516f5b00f654ddff5e734b44b00n,
};

/**
 * Hints for the on-chain verifier, laid out as `P384.sol` says. Undefined where the signature is wrong: then there are
 * none. Public data only; nothing here runs in constant time.
 */
export function p384Hints(signature: P384Signature): Uint8Array | undefined {
  const scalars = findScalars(signature);
  const base = scalars && findBase(signature, scalars);
  if (scalars === undefined || base === undefined) return undefined;
  const slopes = slopesOf(signature.key, base.point, scalars);
  if (slopes === undefined) return undefined;
  const kind = (scalars.negated ? 1 : 0) | (base.aboveOrder ? 2 : 0);
  return bytesOf([
    [base.point.y, 48],
    [scalars.a, 24],
    [scalars.b, 24],
    [scalars.c, 48],
    [BigInt(kind), 1],
    ...slopes.map((slope) => [mod(slope << 256n, p), 48] as const),
  ]);
}

type Scalars = { readonly a: bigint; readonly b: bigint; readonly c: bigint; readonly negated: boolean };

/** a·s ≡ ±b·r with both below 2^192: extended Euclid on (n, s/r), stopped half way (Thue's lemma). */
function findScalars({ hash, r, s }: P384Signature): Scalars | undefined {
  if (r <= 0n || r >= n || s <= 0n || s >= n) return undefined;
  const inverse = invert(r, n);
  let [r0, r1, s0, s1]: [bigint, bigint, bigint, bigint] = [n, mod(s * inverse, n), 0n, 1n];
  while (r1 >> half !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [s0, s1] = [s1, s0 - quotient * s1];
  }
  const negated = s1 < 0n;
  const a = negated ? -s1 : s1;
  return { a, b: r1, c: mod(a * hash * inverse, n), negated };
}

/** R, of the two points with this x the one for which c·G + a·Q + b·R = 0. */
function findBase(
  { hash, r, s, key }: P384Signature,
  { negated }: Scalars,
): { readonly point: Point; readonly aboveOrder: boolean } | undefined {
  const inverse = invert(s, n);
  const sum = [
    [g, mod(hash * inverse, n)],
    [key, mod(r * inverse, n)],
  ] as const;
  const [one, other] = sum
    .filter(([, factor]) => factor !== 0n)
    .map(([base, factor]) => multiply(base, factor));
  if (one === undefined || (other !== undefined && slopeOf(one, other) === undefined)) return undefined;
  const point = other === undefined ? one : add(one, other);
  const aboveOrder = point.x === r + n;
  if (point.x !== r && !aboveOrder) return undefined;
  return { point: negated ? point : { x: point.x, y: p - point.y }, aboveOrder };
}

function slopesOf(key: Point, base: Point, { a, b, c }: Scalars): readonly bigint[] | undefined {
  const slopes: bigint[] = [];
  const high = multiply(g, 2n ** half);
  const table: Point[] = [offset, add(offset, g), add(offset, high), add(add(offset, g), high)];
  for (const point of [key, base]) {
    for (const one of [...table]) {
      const slope = slopeOf(one, point);
      if (slope === undefined) return undefined;
      slopes.push(slope);
      table.push(along(one, point, slope));
    }
  }
  const bitAt = (number: bigint, index: bigint) => Number((number >> index) & 1n);
  const termAt = (index: bigint): Point =>
    table[bitAt(c, index) + 2 * bitAt(c, index + half) + 4 * bitAt(a, index) + 8 * bitAt(b, index)] as Point;
  let sum = add(offset, offset);
  for (let index = half - 1n; index >= 0n; index -= 1n) {
    const term = termAt(index);
    const first = slopeOf(sum, term);
    const middle = first === undefined ? undefined : along(sum, term, first);
    const second = middle && slopeOf(sum, middle);
    if (first === undefined || middle === undefined || second === undefined) return undefined;
    slopes.push(first, p - second);
    sum = along(middle, sum, second);
  }
  return slopes;
}

function bytesOf(numbers: readonly (readonly [value: bigint, length: number])[]): Uint8Array {
  const digits = numbers.map(([value, length]) => value.toString(16).padStart(2 * length, '0')).join('');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
