import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { bareHexToBytes } from '../bytes/hex.ts';
import { EvidenceError } from '../errors.ts';
import { createSimulatedPlatform } from '../simulated/platform.ts';
import { sampleAtUnixSec } from '../simulated/sample-evidence.ts';
import { parseCertificate as parse } from './certificate.ts';
import { parseCrl } from './crl.ts';
import { encodePemChain, parsePemChain } from './pem.ts';
import { intelProfile } from './profiles.ts';

const platform = createSimulatedPlatform({ seed: 'sample', atUnixSec: sampleAtUnixSec });
const parseCertificate = (der: Uint8Array) => parse(der, 'certificate', intelProfile);
const [leafDer, intermediateDer, rootDer] = platform.pckChainDer;

test.each([
  ['leaf', leafDer],
  ['intermediate', intermediateDer],
  ['root', rootDer],
])('the %s is read as OpenSSL reads it', (_name, der) => {
  const ours = parseCertificate(der);
  const theirs = new X509Certificate(der);
  expect(ours.serial.slice(2)).toBe(theirs.serialNumber.toLowerCase());
  expect(ours.isCa).toBe(theirs.ca);
  expect(ours.notAfterUnixSec * 1000).toBe(Date.parse(theirs.validTo));
  expect(theirs.subject).toContain(`CN=${ours.subjectCommonName}`);
  const spki = theirs.publicKey.export({ format: 'der', type: 'spki' });
  expect(ours.publicKey).toEqual({ algorithm: 'p256', point: new Uint8Array(spki.subarray(-64)) });
});

test('OpenSSL accepts the signatures and issuers of the simulated chain', () => {
  const [leaf, intermediate, root] = [leafDer, intermediateDer, rootDer].map(
    (der) => new X509Certificate(der),
  );
  expect(leaf?.checkIssued(intermediate as X509Certificate)).toBe(true);
  expect(leaf?.verify((intermediate as X509Certificate).publicKey)).toBe(true);
  expect(intermediate?.verify((root as X509Certificate).publicKey)).toBe(true);
  expect(root?.verify((root as X509Certificate).publicKey)).toBe(true);
});

test('usage and path length are read from critical extensions', () => {
  expect(parseCertificate(intermediateDer)).toMatchObject({
    isCa: true,
    pathLength: 0,
    keyUsage: { digitalSignature: false, keyCertSign: true, crlSign: true },
  });
  expect(parseCertificate(leafDer)).toMatchObject({
    isCa: false,
    keyUsage: { digitalSignature: true, keyCertSign: false, crlSign: false },
  });
});

test('no damaged certificate makes the parser fail in another way than by its coded error', () => {
  const end = (der: Uint8Array): string => {
    try {
      return parseCertificate(der) && 'parsed';
    } catch (error) {
      return error instanceof EvidenceError ? `${error.code}: ${error.message}` : String(error);
    }
  };
  const damaged = Array.from(leafDer, (byte, offset) => end(leafDer.with(offset, byte ^ 0x41)));
  expect(damaged.filter((each) => each !== 'parsed' && !each.startsWith('format: '))).toEqual([]);
  const cut = Array.from(leafDer, (_, length) => end(leafDer.subarray(0, length)));
  expect(cut.filter((each) => !each.includes('certificate'))).toEqual([]);
});

const crlOf = (variant: 'valid' | 'revoked') =>
  parseCrl(bareHexToBytes(platform.collateral(variant).pck_crl), 'CRL', intelProfile);

test('a CRL lists the revoked serials, and an empty one lists none', () => {
  const revoked = crlOf('revoked');
  const empty = crlOf('valid');
  expect([...revoked.revokedSerials]).toEqual([parseCertificate(leafDer).serial]);
  expect(empty.revokedSerials.size).toBe(0);
  expect(empty.nextUpdateUnixSec).toBe(sampleAtUnixSec + 30 * 86_400);
});

test('a PEM chain is read back, with the NUL that Intel appends and CRLF', () => {
  const pem = encodePemChain([leafDer, rootDer]);
  for (const text of [pem, `${pem}\0`, pem.replaceAll('\n', '\r\n')]) {
    expect(parsePemChain(text, 'chain')).toEqual([leafDer, rootDer]);
  }
});

test.each([
  ['no certificate', ''],
  ['text between certificates', `${encodePemChain([rootDer])}x${encodePemChain([rootDer])}`],
  ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
  ['more than eight', encodePemChain(Array.from({ length: 9 }, () => rootDer))],
  ['bad base64', '-----BEGIN CERTIFICATE-----\nAB==\n-----END CERTIFICATE-----\n'],
])('a PEM chain with %s is refused', (_name, pem) => {
  expect(() => parsePemChain(pem, 'chain')).toThrow();
});
