import { expect, test } from '@jest/globals';
import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { DerReader, derTag, enterDer } from '../../x509/der-reader.ts';
import { readNull, readOid, readUnsigned } from '../../x509/der-values.ts';
import { writeOcspRequest } from './ocsp-request.ts';

const base = {
  kind: 'nvidia-ocsp',
  issuerNameSha384: `0x${'a1'.repeat(48)}`,
  issuerKeySha384: `0x${'b2'.repeat(48)}`,
} as const;

/** RFC 6960 §4.1.1, read with the verifier's strict reader. */
function read(der: Uint8Array) {
  const tbs = enterDer(der, derTag.sequence, 'request').enter(derTag.sequence, 'tbs');
  const certId = tbs
    .enter(derTag.sequence, 'list')
    .enter(derTag.sequence, 'request')
    .enter(derTag.sequence, 'id');
  const algorithm = certId.enter(derTag.sequence, 'algorithm');
  const hash = readOid(algorithm, 'hash');
  readNull(algorithm, 'parameters');
  const name = bytesToHex(certId.next(derTag.octetString, 'name').contents);
  const key = bytesToHex(certId.next(derTag.octetString, 'key').contents);
  const serial = bytesToHex(readUnsigned(certId, 'serial'));
  certId.finish();
  const nonce = tbs.done
    ? undefined
    : readNonce(tbs.enter(0xa2, 'extensions').enter(derTag.sequence, 'list'));
  tbs.finish();
  return { hash, name, key, serial, nonce };
}

function readNonce(list: DerReader): Hex {
  const extension = list.enter(derTag.sequence, 'extension');
  expect(readOid(extension, 'id')).toBe('1.3.6.1.5.5.7.48.1.2');
  const inner = new DerReader(extension.next(derTag.octetString, 'value').contents, 'nonce');
  return bytesToHex(inner.next(derTag.octetString, 'nonce').contents);
}

test.each([
  ['a short serial', '0x01', undefined],
  ['a serial whose first bit is set', '0xfe01', undefined],
  ['the longest serial, and the longest nonce', `0x7f${'c3'.repeat(19)}`, `0x${'d4'.repeat(32)}`],
] as const)('a question about %s is strict DER', (_name, serial, nonce) => {
  expect(read(writeOcspRequest({ ...base, serial, nonce }))).toEqual({
    hash: '2.16.840.1.101.3.4.2.2',
    name: base.issuerNameSha384,
    key: base.issuerKeySha384,
    serial,
    nonce,
  });
});
