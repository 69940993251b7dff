import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { engine as browserEngine } from './browser-engine.ts';
import type { EcdsaCurve, HashName, RsaPublicKey, RsaScheme } from './engine.ts';
import { isUsableRsaKey, verifyEcdsa, verifyRsa } from './index.ts';
import { engine as nodeEngine } from './node-engine.ts';

const hashNames = ['sha256', 'sha384', 'sha512'] as const;
const engines = [
  ['node', nodeEngine],
  ['browser', browserEngine],
] as const;

const message = fc.uint8Array({ maxLength: 300 });
const hashName = fc.constantFrom(...hashNames);
/** Where to damage, as a fraction, and by which bits. */
const damage = fc.tuple(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.integer({ min: 1, max: 255 }),
);

function damaged(bytes: Uint8Array, [at, bits]: readonly [number, number]): Uint8Array {
  const index = Math.floor(at * bytes.length);
  return bytes.map((byte, position) => (position === index ? byte ^ bits : byte));
}

test('both engines hash alike, in one part or several', () => {
  fc.assert(
    fc.property(hashName, fc.array(message, { maxLength: 4 }), (hash, parts) => {
      expect(nodeEngine.digest(hash, parts)).toEqual(browserEngine.digest(hash, parts));
    }),
  );
});

test.each(engines)(
  'a fingerprint of the %s engine names the bytes, however they are cut',
  (_name, engine) => {
    const [one, two] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    expect(engine.fingerprint([one, two])).toBe(engine.fingerprint([Uint8Array.of(1, 2, 3)]));
    expect(engine.fingerprint([one, two])).not.toBe(engine.fingerprint([two, one]));
  },
);

describe.each(['p256', 'p384'] as const)('%s', (curve) => {
  const { privateKey, point } = ecKey(curve);
  const signWith = (hash: HashName, text: Uint8Array): Uint8Array =>
    new Uint8Array(sign(hash, text, { key: privateKey, dsaEncoding: 'ieee-p1363' }));

  test('signatures of node:crypto verify in both engines, and damaged ones in neither', () => {
    fc.assert(
      fc.property(hashName, message, damage, (hash, text, change) => {
        const signature = signWith(hash, text);
        for (const [, engine] of engines) {
          expect(engine.verifyEcdsa(curve, hash, text, signature, point)).toBe(true);
          expect(engine.verifyEcdsa(curve, hash, Uint8Array.of(...text, 0), signature, point)).toBe(false);
        }
        expect(verifyEcdsa(curve, hash, text, damaged(signature, change), point)).toBe(false);
        expect(verifyEcdsa(curve, hash, text, signature, damaged(point, change))).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('a hash longer than the order is cut as FIPS 186-5 says, and another hash is another signature', () => {
    const text = new TextEncoder().encode('text');
    for (const made of hashNames) {
      const signature = signWith(made, text);
      for (const [, engine] of engines) {
        for (const asked of hashNames) {
          expect(engine.verifyEcdsa(curve, asked, text, signature, point)).toBe(asked === made);
        }
      }
    }
  });
});

/** Key sizes around a byte boundary: with 8k + 1 bits the PSS encoding is a byte shorter than the modulus. */
describe.each([2048, 2049, 2050, 2055, 3072, 4096])('RSA with %d bits', (bits) => {
  let privateKey: KeyObject;
  let key: RsaPublicKey;
  beforeAll(() => {
    ({ privateKey, key } = rsaKey(bits));
  });

  test.each([
    ['pss', 'sha256'],
    ['pss', 'sha384'],
    ['pss', 'sha512'],
    ['pkcs1', 'sha256'],
    ['pkcs1', 'sha384'],
    ['pkcs1', 'sha512'],
  ] as const)('%s with %s: both engines agree with OpenSSL, on damaged input too', (scheme, hash) => {
    fc.assert(
      fc.property(message, damage, (text, change) => {
        const signature = signRsa(scheme, hash, text, privateKey);
        const bad = damaged(signature, change);
        for (const [, engine] of engines) {
          expect(engine.verifyRsa(scheme, hash, text, signature, key)).toBe(true);
          expect(engine.verifyRsa(scheme, hash, Uint8Array.of(...text, 0), signature, key)).toBe(false);
          expect(engine.verifyRsa(scheme === 'pss' ? 'pkcs1' : 'pss', hash, text, signature, key)).toBe(
            false,
          );
        }
        expect(verifyRsa(scheme, hash, text, signature, key)).toBe(true);
        expect(verifyRsa(scheme, hash, text, bad, key)).toBe(false);
      }),
      { numRuns: 4 },
    );
  });

  test('the key is usable', () => {
    expect(isUsableRsaKey(key)).toBe(true);
  });
});

test.each([0, 20, 31, 33, 64])('PSS with a salt of %d bytes is refused by both engines', (saltLength) => {
  const { privateKey, key } = rsaKey(2048);
  const text = new TextEncoder().encode('salted');
  const signature = new Uint8Array(
    sign('sha256', text, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  );
  for (const [, engine] of engines)
    expect(engine.verifyRsa('pss', 'sha256', text, signature, key)).toBe(false);
});

function ecKey(curve: EcdsaCurve): { privateKey: KeyObject; point: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: curve === 'p256' ? 'prime256v1' : 'secp384r1',
  });
  const size = curve === 'p256' ? 64 : 96;
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { privateKey, point: new Uint8Array(spki.subarray(-size)) };
}

function rsaKey(bits: number): { privateKey: KeyObject; key: RsaPublicKey } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
  return { privateKey, key: { modulus: bytes(n), exponent: bytes(e) } };
}

function signRsa(scheme: RsaScheme, hash: HashName, text: Uint8Array, privateKey: KeyObject): Uint8Array {
  const padding =
    scheme === 'pss'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { padding: constants.RSA_PKCS1_PADDING };
  return new Uint8Array(sign(hash, text, { key: privateKey, ...padding }));
}
