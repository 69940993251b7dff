import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { add, curveRight, evenRoot, multiply, p384, slopeOf } from './p384.ts';
import { offset, p384Hints } from './p384-hints.ts';
import { snpHints } from './snp-hints.ts';

const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

test('the offset point is the first that its label gives: nobody chose it', () => {
  for (let count = 0; ; count += 1) {
    const x = number(createHash('sha384').update(`hearth p384 offset ${count}`).digest());
    const y = x < p384.p ? evenRoot(curveRight(x)) : undefined;
    if (y === undefined) continue;
    expect({ count, x, y }).toEqual({ count: 2, ...offset });
    return;
  }
});

test('points: the curve’s own, sums, multiples, no slope through a point and its negative', () => {
  const { g, n, p } = p384;
  expect(curveRight(g.x)).toBe((g.y * g.y) % p);
  expect(multiply(g, 5n)).toEqual(add(multiply(g, 2n), multiply(g, 3n)));
  expect(multiply(g, n - 1n)).toEqual({ x: g.x, y: p - g.y });
  expect(slopeOf(g, { x: g.x, y: p - g.y })).toBeUndefined();
  expect(() => add(g, { x: g.x, y: p - g.y })).toThrow('infinity');
});

test('hints exist for a right signature and for no other', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const message = Buffer.from('a message');
  const rs = createSign('sha384').update(message).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const signature = {
    hash: number(createHash('sha384').update(message).digest()),
    r: number(rs.subarray(0, 48)),
    s: number(rs.subarray(48)),
    key: { x: number(Buffer.from(x, 'base64url')), y: number(Buffer.from(y, 'base64url')) },
  };
  expect(p384Hints(signature)).toHaveLength(145 + 48 * 396);
  expect(p384Hints({ ...signature, s: signature.s + 1n })).toBeUndefined();
  expect(p384Hints({ ...signature, r: 0n })).toBeUndefined();
  expect(p384Hints({ ...signature, s: p384.n })).toBeUndefined();
  expect(p384Hints({ ...signature, hash: signature.hash ^ 1n })).toBeUndefined();
});

test('no hints for what is no report or no key', async () => {
  expect(await snpHints(new Uint8Array(1183), new Uint8Array(96))).toBeUndefined();
  expect(await snpHints(new Uint8Array(1184), new Uint8Array(95))).toBeUndefined();
  expect(await snpHints(new Uint8Array(1184), new Uint8Array(96))).toBeUndefined();
});
