import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { concatBytes } from '@noble/hashes/utils.js';
import { bareHexToBytes } from '../bytes/hex.ts';
import { engine as browserEngine } from './browser-engine.ts';
import { isUsableRsaKey, verifyRsa } from './index.ts';
import { engine as nodeEngine } from './node-engine.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = publicKey.export({ format: 'jwk' });
const bytes = (text = ''): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
const key = { modulus: bytes(jwk.n), exponent: bytes(jwk.e) };
const message = new TextEncoder().encode('message');
const digest = sha256(message);
const digestInfo = concatBytes(bareHexToBytes('3031300d060960864801650304020105000420'), digest);

function sha256(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(concatBytes(...parts))
      .digest(),
  );
}

/** The raw private operation: a signature over any encoding whatever. */
function signEncoding(encoded: Uint8Array): Uint8Array {
  return new Uint8Array(privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded));
}

type PssParts = {
  readonly trailer?: number;
  readonly topBit?: boolean;
  readonly separator?: number;
  readonly prefix?: Uint8Array;
  readonly fill?: number;
  readonly saltByte?: number;
};

/** EMSA-PSS with one part of it wrong. */
function pss(parts: PssParts): Uint8Array {
  const { trailer = 0xbc, topBit = false, separator = 1, prefix, fill = 0, saltByte = 0x5a } = parts;
  const salt = new Uint8Array(32).fill(saltByte);
  const h = sha256(prefix ?? new Uint8Array(8), digest, salt);
  const db = concatBytes(new Uint8Array(190).fill(fill), Uint8Array.of(separator), salt);
  const blocks = Array.from({ length: 7 }, (_, counter) => sha256(h, Uint8Array.of(0, 0, 0, counter)));
  const mask = concatBytes(...blocks);
  const masked = db.map((byte, index) => byte ^ (mask[index] ?? 0));
  masked[0] = ((masked[0] ?? 0) & 0x7f) | (topBit ? 0x80 : 0);
  return concatBytes(masked, h, Uint8Array.of(trailer));
}

/** 00 01 FF… 00 tail. */
function pkcs1(tail: Uint8Array, type = 1, padding = 253 - tail.length): Uint8Array {
  return concatBytes(Uint8Array.of(0, type), new Uint8Array(padding).fill(0xff), Uint8Array.of(0), tail);
}

describe.each([
  ['node', nodeEngine],
  ['browser', browserEngine],
])('the %s engine', (_name, engine) => {
  test('accepts encodings made here by hand, as the standard builds them', () => {
    expect(engine.verifyRsa('pss', 'sha256', message, signEncoding(pss({})), key)).toBe(true);
    expect(engine.verifyRsa('pkcs1', 'sha256', message, signEncoding(pkcs1(digestInfo)), key)).toBe(true);
  });

  test.each<[string, PssParts]>([
    ['another trailer (ISO 9796-2 with a hash id)', { trailer: 0xcc }],
    ['no separator', { separator: 0 }],
    ['another separator', { separator: 2 }],
    ['padding that is not zero', { fill: 1 }],
    ['a prefix that is not zero', { prefix: new Uint8Array(8).fill(1) }],
  ])('refuses PSS with %s', (_fault, parts) => {
    expect(engine.verifyRsa('pss', 'sha256', message, signEncoding(pss(parts)), key)).toBe(false);
  });

  test.each([
    ['block type 2', pkcs1(digestInfo, 2)],
    ['block type 0', pkcs1(digestInfo, 0)],
    ['padding cut short and garbage behind the digest', pkcs1(concatBytes(digestInfo, new Uint8Array(190)))],
    ['no padding at all', pkcs1(concatBytes(digestInfo, new Uint8Array(202)), 1, 0)],
    ['the bare digest', pkcs1(digest)],
    [
      'the DigestInfo of another hash',
      pkcs1(concatBytes(bareHexToBytes('3031300d060960864801650304020305000420'), digest)),
    ],
    [
      'a long-form length',
      pkcs1(concatBytes(bareHexToBytes('308131300d060960864801650304020105000420'), digest)),
    ],
  ])('refuses PKCS#1 v1.5 with %s', (_fault, encoded) => {
    expect(encoded.length).toBe(256);
    expect(engine.verifyRsa('pkcs1', 'sha256', message, signEncoding(encoded), key)).toBe(false);
  });
});

test('PSS with its unused top bit set is refused', () => {
  // Such an encoding may exceed the modulus, and then has no signature: take the first salt that gives one.
  const encodings = Array.from({ length: 200 }, (_, saltByte) => pss({ topBit: true, saltByte }));
  const encoded = encodings.find((one) => Buffer.compare(one, key.modulus) < 0);
  if (encoded === undefined) throw new Error('one of 200 encodings is below the modulus');
  const signature = signEncoding(encoded);
  for (const engine of [nodeEngine, browserEngine]) {
    expect(engine.verifyRsa('pss', 'sha256', message, signature, key)).toBe(false);
  }
});

test.each([
  ['nothing', new Uint8Array()],
  ['zero', new Uint8Array(256)],
  ['one', Uint8Array.of(...new Uint8Array(255), 1)],
  ['the modulus', key.modulus],
  ['more than the modulus', new Uint8Array(256).fill(0xff)],
  ['a byte too few', signEncoding(pkcs1(digestInfo)).slice(1)],
  ['a leading zero byte', concatBytes(Uint8Array.of(0), signEncoding(pkcs1(digestInfo)))],
])('a signature of %s is refused without an exception', (_name, signature) => {
  for (const scheme of ['pss', 'pkcs1'] as const) {
    expect(verifyRsa(scheme, 'sha256', message, signature, key)).toBe(false);
  }
});

const odd = (length: number, first: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index === 0 ? first : 0xff));

test.each([
  ['2047 bits', odd(256, 0x7f), key.exponent],
  ['8193 bits', odd(1025, 1), key.exponent],
  ['a leading zero byte', concatBytes(Uint8Array.of(0), key.modulus), key.exponent],
  ['an even modulus', key.modulus.map((byte, at) => (at === 255 ? byte & 0xfe : byte)), key.exponent],
  ['no modulus', new Uint8Array(), key.exponent],
  ['exponent 1', key.modulus, Uint8Array.of(1)],
  ['exponent 2', key.modulus, Uint8Array.of(2)],
  ['an even exponent', key.modulus, Uint8Array.of(1, 0, 0)],
  ['an exponent with a leading zero', key.modulus, Uint8Array.of(0, 1, 0, 1)],
  ['an exponent of 33 bits', key.modulus, Uint8Array.of(1, 0, 0, 0, 1)],
  ['no exponent', key.modulus, new Uint8Array()],
])('a key with %s is not usable', (_name, modulus, exponent) => {
  expect(isUsableRsaKey({ modulus, exponent })).toBe(false);
  const signature = new Uint8Array(modulus.length).fill(1);
  expect(verifyRsa('pss', 'sha256', message, signature, { modulus, exponent })).toBe(false);
});

test.each([
  ['2048 bits', odd(256, 0x80)],
  ['8192 bits', odd(1024, 0x80)],
])('a key with %s and exponent 3 is usable', (_name, modulus) => {
  expect(isUsableRsaKey({ modulus, exponent: Uint8Array.of(3) })).toBe(true);
});
