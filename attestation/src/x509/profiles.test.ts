import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  type CertificateSpec,
  type ExtensionSpec,
  writeCertificate,
} from '../simulated/certificate-writer.ts';
import { type CrlSpec, writeCrl } from '../simulated/crl-writer.ts';
import {
  bitString,
  element,
  objectId,
  octetString,
  sequence,
  smallInteger,
} from '../simulated/der-writer.ts';
import { createRsaSigningKey } from '../simulated/rsa-signing-key.ts';
import {
  createP384SigningKey,
  createSigningKey,
  deriveP384SecretKey,
  deriveSecretKey,
  type SigningKey,
} from '../simulated/signing-key.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { readExtendedKeyUsage } from './certificate-extensions.ts';
import {
  assertAuthority,
  assertCertificateSigner,
  assertCrlSigner,
  assertEndEntity,
  assertSignedBy,
} from './chain-rules.ts';
import { parseCrl } from './crl.ts';
import { oid } from './oids.ts';
import {
  amdAuthorityProfile,
  amdLeafProfile,
  anyRootProfile,
  type CertificateProfile,
  intelProfile,
  nvidiaOcspProfile,
  nvidiaProfile,
  nvidiaRimProfile,
} from './profiles.ts';

type KeyName = 'p256' | 'p384' | 'rsa' | 'rsa3072';
const keys = {
  p256: createSigningKey(deriveSecretKey('profile test')),
  p384: createP384SigningKey(deriveP384SecretKey('profile test')),
} as Record<KeyName, SigningKey>;

beforeAll(() => {
  for (const [name, modulusLength] of [
    ['rsa', 4096],
    ['rsa3072', 3072],
  ] as const) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
    keys[name] = createRsaSigningKey(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  }
});

const profiles = {
  intel: intelProfile,
  amdAuthority: amdAuthorityProfile,
  amdLeaf: amdLeafProfile,
  nvidia: nvidiaProfile,
  nvidiaRim: nvidiaRimProfile,
  nvidiaOcsp: nvidiaOcspProfile,
  anyRoot: anyRootProfile,
};

function write(subject: KeyName, issuer: KeyName, change: Partial<CertificateSpec> = {}): Uint8Array {
  return writeCertificate({
    commonName: 'subject',
    issuerCommonName: 'issuer',
    serial: Uint8Array.of(1),
    notBeforeUnixSec: Date.UTC(2024, 0) / 1000,
    notAfterUnixSec: Date.UTC(2034, 0) / 1000,
    subjectKey: keys[subject],
    issuerKey: keys[issuer],
    caPathLength: undefined,
    extraExtensions: [],
    ...change,
  });
}

const parse = (der: Uint8Array, profile: CertificateProfile): Certificate =>
  parseCertificate(der, 'certificate', profile);

/** Which profiles take a certificate whose key and signature are these. */
function acceptedBy(subject: KeyName, issuer: KeyName): string[] {
  const der = write(subject, issuer);
  return Object.entries(profiles).flatMap(([name, profile]) => {
    try {
      parse(der, profile);
      return [name];
    } catch {
      return [];
    }
  });
}

test('a profile takes its own kind of key and signature and no other', () => {
  expect(acceptedBy('p256', 'p256')).toEqual(['intel', 'anyRoot']);
  expect(acceptedBy('p384', 'p384')).toEqual(['nvidia', 'nvidiaRim', 'nvidiaOcsp', 'anyRoot']);
  expect(acceptedBy('rsa', 'rsa')).toEqual(['amdAuthority', 'anyRoot']);
  expect(acceptedBy('p384', 'rsa')).toEqual(['amdLeaf', 'anyRoot']);
  expect(acceptedBy('p256', 'rsa')).toEqual(['anyRoot']);
  expect(acceptedBy('rsa3072', 'rsa')).toEqual([]);
});

test('a signature is accepted from the key that made it, of the kind that makes it', () => {
  const names = ['p256', 'p384', 'rsa'] as const;
  for (const signer of names) {
    const child = parse(write('p384', signer), anyRootProfile);
    for (const claimed of names) {
      const issuer = parse(write(claimed, 'p256'), anyRootProfile);
      const check = () => assertSignedBy(child, issuer, 'child');
      if (claimed === signer) expect(check).not.toThrow();
      else expect(check).toThrow('child, signature');
    }
  }
});

test('the algorithm inside must be the one outside', () => {
  const outside = keys.rsa.signatureAlgorithm;
  // The same algorithm with its default trailer left out: equal in meaning, but not the bytes that were signed.
  const inside = Uint8Array.from([0x30, 0x41, ...outside.slice(2, 13), 0x30, 0x34, ...outside.slice(15, -5)]);
  const der = write('p384', 'rsa', { issuerKey: { ...keys.rsa, signatureAlgorithm: inside } });
  expect(parse(der, amdLeafProfile).signatureAlgorithm).toBe('rsa-pss-sha384');
  const mixed = sequenceParts(der);
  expect(() => parse(sequence(mixed.tbs, outside, mixed.signature), amdLeafProfile)).toThrow(
    'the same inside',
  );
});

test.each([
  ['another hash', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 27 ? 1 : byte))],
  [
    'another salt length',
    (bytes: Uint8Array) => bytes.map((byte, at) => (at === bytes.length - 6 ? 32 : byte)),
  ],
  ['another trailer', (bytes: Uint8Array) => bytes.map((byte, at) => (at === bytes.length - 1 ? 2 : byte))],
])('RSA-PSS with %s is refused', (_name, change) => {
  const issuerKey = { ...keys.rsa, signatureAlgorithm: change(keys.rsa.signatureAlgorithm) };
  expect(() => parse(write('p384', 'rsa', { issuerKey }), amdLeafProfile)).toThrow('signature algorithm');
});

const critical = (id: string): ExtensionSpec => ({
  id,
  critical: true,
  value: octetString(new Uint8Array(4)),
});

test.each([
  ['intel', oid.sgx, 'p256', 'p256'],
  ['amdLeaf', `${oid.amdSev}.4`, 'p384', 'rsa'],
  ['amdLeaf', `${oid.amdSev}.3.9`, 'p384', 'rsa'],
  ['nvidiaOcsp', oid.extendedKeyUsage, 'p384', 'p384'],
] as const)('%s understands a critical %s, and nobody else does', (owner, id, subject, issuer) => {
  const der = write(subject, issuer, { extraExtensions: [critical(id)] });
  expect(parse(der, profiles[owner]).extensions.get(id)?.critical).toBe(true);
  expect(() => parse(der, anyRootProfile)).toThrow('unknown critical extension');
});

test.each([
  ['of version 1', 0, 'expected v3, got v1'],
  ['of a version to come', 3, 'expected v3, got v4'],
])('a certificate %s is refused', (_name, version, message) => {
  const der = write('p256', 'p256');
  // SEQUENCE, SEQUENCE, [0] { INTEGER version }: both lengths take two bytes.
  const changed = der.map((byte, index) => (index === 12 ? version : byte));
  expect(() => parse(changed, intelProfile)).toThrow(message);
});

test('key usage of more than one byte is refused', () => {
  const value = bitString(Uint8Array.of(0x80, 0x80), 7);
  const der = write('p256', 'p256', { ownExtensions: [{ id: oid.keyUsage, critical: true, value }] });
  expect(() => parse(der, intelProfile)).toThrow('one byte of bits');
});

test('an extension that comes twice is refused, critical or not', () => {
  const twice = { id: '1.2.3.4', critical: false, value: octetString(new Uint8Array()) };
  expect(() => parse(write('p256', 'p256', { extraExtensions: [twice, twice] }), intelProfile)).toThrow(
    'twice',
  );
});

test.each([
  ['one byte short', 0, 95],
  ['one byte long', 0, 97],
])('a P-384 key %s is refused', (_name, from, to) => {
  const point = Uint8Array.of(4, ...new Uint8Array([...keys.p384.publicKey, 0]).slice(from, to));
  const subjectKey = { ...keys.p384, subjectPublicKey: point };
  expect(() => parse(write('p384', 'p384', { subjectKey }), nvidiaProfile)).toThrow(
    'uncompressed point on p384',
  );
});

test('a compressed point is refused', () => {
  const subjectPublicKey = Uint8Array.of(2, ...keys.p384.publicKey.slice(0, 48));
  const der = write('p384', 'p384', { subjectKey: { ...keys.p384, subjectPublicKey } });
  expect(() => parse(der, nvidiaProfile)).toThrow('uncompressed point');
});

test.each([
  ['another curve', sequence(objectId(oid.ecPublicKey), objectId('1.3.132.0.35')), 'P-256 or P-384'],
  ['another algorithm', sequence(objectId('1.3.101.112')), 'EC or RSA'],
  ['RSA without its NULL', sequence(objectId(oid.rsaEncryption)), 'end of input'],
])('a key of %s is refused', (_name, keyAlgorithm, message) => {
  const subjectKey = { ...keys.p384, keyAlgorithm };
  expect(() => parse(write('p384', 'p384', { subjectKey }), anyRootProfile)).toThrow(message);
});

test('an RSA key with an even modulus is refused', () => {
  const modulus = Uint8Array.from({ length: 512 }, () => 0xfe);
  const subjectPublicKey = sequence(element(0x02, Uint8Array.of(0), modulus), smallInteger(65_537));
  const der = write('rsa', 'rsa', { subjectKey: { ...keys.rsa, subjectPublicKey } });
  expect(() => parse(der, amdAuthorityProfile)).toThrow('a usable RSA key of 4096 bits');
});

describe('roles', () => {
  const withUsage = (bits: number, unusedBits: number, caPathLength?: number): Certificate => {
    const constraints =
      caPathLength === undefined
        ? sequence()
        : sequence(element(0x01, Uint8Array.of(0xff)), smallInteger(caPathLength));
    const ownExtensions = [
      { id: oid.keyUsage, critical: true, value: bitString(Uint8Array.of(bits), unusedBits) },
      { id: oid.basicConstraints, critical: true, value: constraints },
    ];
    return parse(write('p384', 'p384', { ownExtensions }), nvidiaProfile);
  };

  test('signing certificates and signing CRLs are two rights', () => {
    const certificatesOnly = withUsage(0x04, 2, 1);
    expect(() => assertCertificateSigner(certificatesOnly, 1, 'BROM')).not.toThrow();
    expect(() => assertCrlSigner(certificatesOnly, 'BROM')).toThrow('CRL signing usage');
    expect(() => assertAuthority(certificatesOnly, 1, 'BROM')).toThrow('CRL signing usage');
    const crlsOnly = withUsage(0x02, 1, 1);
    expect(() => assertCrlSigner(crlsOnly, 'CA')).not.toThrow();
    expect(() => assertCertificateSigner(crlsOnly, 1, 'CA')).toThrow('certificate signing usage');
  });

  test('a path length bounds the authorities below', () => {
    expect(() => assertCertificateSigner(withUsage(0x06, 1, 0), 1, 'CA')).toThrow('expected >= 1, got 0');
  });

  test('usage without the CA flag signs nothing', () => {
    const noCa = withUsage(0x86, 1);
    expect(() => assertCertificateSigner(noCa, 0, 'leaf')).toThrow('a CA');
    expect(() => assertCrlSigner(noCa, 'leaf')).toThrow('a CA');
    expect(() => assertEndEntity(noCa, 'leaf')).not.toThrow();
  });

  test('a certificate without extensions of its own has no rights', () => {
    const bare = parse(write('p384', 'rsa', { ownExtensions: [] }), amdLeafProfile);
    expect(bare).toMatchObject({ isCa: false, pathLength: undefined });
    expect(() => assertEndEntity(bare, 'leaf')).toThrow('digital signature usage');
  });
});

test('extended key usage lists its purposes', () => {
  const value = sequence(objectId(oid.ocspSigning), objectId('1.3.6.1.5.5.7.48.1.5'));
  const der = write('p384', 'p384', {
    extraExtensions: [{ id: oid.extendedKeyUsage, critical: true, value }],
  });
  const { extensions } = parse(der, nvidiaOcspProfile);
  const purposes = readExtendedKeyUsage(extensions.get(oid.extendedKeyUsage), 'responder');
  expect(purposes).toEqual([oid.ocspSigning, '1.3.6.1.5.5.7.48.1.5']);
  expect(readExtendedKeyUsage(undefined, 'responder')).toEqual([]);
});

describe('CRLs', () => {
  const crl = (issuer: KeyName, change: Partial<CrlSpec> = {}): Uint8Array =>
    writeCrl({
      issuerCommonName: 'issuer',
      issuerKey: keys[issuer],
      thisUpdateUnixSec: Date.UTC(2024, 0) / 1000,
      nextUpdateUnixSec: Date.UTC(2024, 1) / 1000,
      revokedSerials: [],
      ...change,
    });

  test.each([
    ['p256', intelProfile],
    ['p384', nvidiaProfile],
    ['rsa', amdAuthorityProfile],
  ] as const)('one signed by a %s key is read and verified', (signer, profile) => {
    const parsed = parseCrl(
      crl(signer, { revokedSerials: [Uint8Array.of(1, 2), Uint8Array.of(0)] }),
      'CRL',
      profile,
    );
    expect([...parsed.revokedSerials]).toEqual(['0x0102', '0x00']);
    const issuer = parse(write(signer, signer), anyRootProfile);
    expect(() => assertSignedBy(parsed, issuer, 'CRL')).not.toThrow();
  });

  test('one signed with an algorithm that its vendor does not use is refused', () => {
    expect(() => parseCrl(crl('p256'), 'CRL', amdAuthorityProfile)).toThrow(
      'expected rsa-pss-sha384, got ecdsa-sha256',
    );
  });

  test('a list of version 1 or cut short is refused', () => {
    const signed = crl('p256');
    const at = signed.indexOf(0x02, 6); // the version's INTEGER
    const versioned = signed.map((byte, index) => (index === at + 2 ? 0 : byte));
    expect(() => parseCrl(versioned, 'CRL', intelProfile)).toThrow('expected v2, got v1');
    expect(() => parseCrl(crl('p256').subarray(0, -1), 'CRL', intelProfile)).toThrow('CRL');
  });

  test('more bytes or entries than any vendor publishes are refused', () => {
    expect(() => parseCrl(new Uint8Array(1024 * 1024 + 1), 'CRL', intelProfile)).toThrow(
      'at most 1048576 bytes',
    );
    const revokedSerials = Array.from({ length: 16_385 }, (_, at) => Uint8Array.of(1, at >> 8, at & 0xff));
    expect(() => parseCrl(crl('p256', { revokedSerials }), 'CRL', intelProfile)).toThrow(
      'at most 16384 entries',
    );
  });
});

/** The three parts of SEQUENCE { tbs, algorithm, signature }, whose lengths take two bytes. */
function sequenceParts(der: Uint8Array): { tbs: Uint8Array; signature: Uint8Array } {
  const tbsEnd = 8 + (der[6] ?? 0) * 0x100 + (der[7] ?? 0);
  const algorithmEnd = tbsEnd + 2 + (der[tbsEnd + 1] ?? 0);
  return { tbs: der.subarray(4, tbsEnd), signature: der.subarray(algorithmEnd) };
}
