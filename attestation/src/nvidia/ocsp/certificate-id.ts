import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { sha384 } from '../../crypto/index.ts';
import { formatError } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { CertificateId } from './single-response.ts';

/** How a response names a certificate (RFC 6960 §4.1.1); asking with this id gets an answer with it. */
export function certificateIdOf(certificate: Certificate, issuer: Certificate): CertificateId {
  return {
    nameSha384: bytesToHex(sha384(certificate.issuer)),
    keySha384: bytesToHex(sha384(keyBits(issuer))),
    serial: certificate.serial,
  };
}

export function isSameId(a: CertificateId, b: CertificateId): boolean {
  return a.nameSha384 === b.nameSha384 && a.keySha384 === b.keySha384 && a.serial === b.serial;
}

/** The name under which a responder signs (RFC 6960 §4.2.1). SHA-1 finds the key here and proves nothing. */
export function responderKeyHash(responder: Certificate): Hex {
  return bytesToHex(sha1(keyBits(responder)));
}

/** Contents of the BIT STRING in the SubjectPublicKeyInfo. */
function keyBits({ publicKey }: Certificate): Uint8Array {
  if (publicKey.algorithm === 'rsa') throw formatError('OCSP, key', { expected: 'an EC key', actual: 'RSA' });
  return Uint8Array.of(4, ...publicKey.point);
}
