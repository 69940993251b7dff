import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { writeCertificate } from './simulated/certificate-writer.ts';
import { createRsaSigningKey } from './simulated/rsa-signing-key.ts';
import {
  createP384SigningKey,
  createSigningKey,
  deriveP384SecretKey,
  deriveSecretKey,
} from './simulated/signing-key.ts';
import {
  intelSgxRootCa,
  matchTrustAnchor,
  simulatedRootCa,
  trustAnchorFromCertificate,
  trustAnchorKey,
} from './trust-anchors.ts';
import { parseCertificate } from './x509/certificate.ts';
import { anyRootProfile } from './x509/profiles.ts';
import { describePublicKey } from './x509/public-key.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
const keys = {
  p256: createSigningKey(deriveSecretKey('anchor test')),
  p384: createP384SigningKey(deriveP384SecretKey('anchor test')),
  rsa: createRsaSigningKey(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string),
};

function rootOf(name: keyof typeof keys, commonName = 'Some Root') {
  return writeCertificate({
    commonName,
    issuerCommonName: commonName,
    serial: Uint8Array.of(1),
    notBeforeUnixSec: Date.UTC(2024, 0) / 1000,
    notAfterUnixSec: Date.UTC(2054, 0) / 1000,
    subjectKey: keys[name],
    issuerKey: keys[name],
    caPathLength: 1,
    extraExtensions: [],
  });
}

test.each(['p256', 'p384', 'rsa'] as const)(
  'a root with a %s key becomes an anchor and matches it',
  (name) => {
    const der = rootOf(name);
    const root = parseCertificate(der, 'root', anyRootProfile);
    const anchor = trustAnchorFromCertificate(der, false);
    expect(anchor).toMatchObject({ name: 'Some Root', simulated: false, publicKey: { algorithm: name } });
    expect(trustAnchorKey(anchor)).toEqual(root.publicKey);
    expect(matchTrustAnchor(root, [intelSgxRootCa, anchor])).toBe(anchor);
  },
);

test('a name is no match, nor is a key without its certificate, nor a certificate hash with another key', () => {
  const root = parseCertificate(rootOf('p384'), 'root', anyRootProfile);
  const anchor = trustAnchorFromCertificate(root.der, false);
  const sameName = trustAnchorFromCertificate(rootOf('p256'), false);
  const sameKey = trustAnchorFromCertificate(rootOf('p384', 'Renamed'), false);
  const rsa = trustAnchorFromCertificate(rootOf('rsa'), false);
  for (const other of [sameName, sameKey, rsa]) {
    expect(() => matchTrustAnchor(root, [other])).toThrow('root certificate');
    const grafted = { ...anchor, publicKey: other === sameKey ? sameName.publicKey : other.publicKey };
    expect(() => matchTrustAnchor(root, [grafted])).toThrow('root certificate');
  }
});

test('without anchors nothing is trusted, and the refusal names what arrived', () => {
  const root = parseCertificate(rootOf('p256'), 'root', anyRootProfile);
  expect(() => matchTrustAnchor(root, [])).toThrow(
    /expected a trust anchor \(none given\), got SHA-256 0x[0-9a-f]{64}/,
  );
  expect(() => matchTrustAnchor(root, [intelSgxRootCa, simulatedRootCa])).toThrow(
    'Intel SGX Root CA or Hearth Simulated SGX Root CA',
  );
});

test('what is no certificate is no anchor', () => {
  expect(() => trustAnchorFromCertificate(new Uint8Array(), false)).toThrow('trust anchor');
});

test('keys are described by algorithm and value', () => {
  const modulus = Uint8Array.of(0xab, 1);
  expect(describePublicKey({ algorithm: 'rsa', modulus, exponent: Uint8Array.of(3) })).toBe('rsa 0xab01');
  expect(describePublicKey({ algorithm: 'p256', point: modulus })).toBe('p256 0xab01');
});
