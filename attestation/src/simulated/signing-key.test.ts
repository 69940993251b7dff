import { expect, test } from '@jest/globals';
import { p256, p384 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import {
  createP384SigningKey,
  createSigningKey,
  deriveP384SecretKey,
  deriveSecretKey,
  type SigningKey,
} from './signing-key.ts';

const curves = [
  { name: 'P-256', noble: p256, derive: deriveSecretKey, create: createSigningKey },
  { name: 'P-384', noble: p384, derive: deriveP384SecretKey, create: createP384SigningKey },
];

test.each(curves)('keys and signatures on $name are those of RFC 6979, as noble makes them', (curve) => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ maxLength: 300 }), (label, message) => {
      const secretKey = curve.derive(label);
      const key: SigningKey = curve.create(secretKey);
      const expected = {
        publicKey: curve.noble.getPublicKey(secretKey, false),
        signature: curve.noble.sign(message, secretKey, { lowS: false, extraEntropy: false }),
      };
      expect({
        publicKey: new Uint8Array(key.subjectPublicKey),
        signature: new Uint8Array(key.sign(message)),
      }).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});
