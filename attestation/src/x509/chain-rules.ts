import { equalBytes } from '../bytes/equal-bytes.ts';
import { unixSecToIso } from '../bytes/utc-time.ts';
import { EvidenceError } from '../errors.ts';
import { type SignatureAlgorithm, verifySignature } from './algorithms.ts';
import type { Certificate } from './certificate.ts';

/** Names must be equal as DER: matching rendered text or prefixes has let foreign roots in elsewhere. */
export function assertIssuerName(
  child: Pick<Certificate, 'issuer'>,
  issuer: Certificate,
  thing: string,
): void {
  if (equalBytes(child.issuer, issuer.subject)) return;
  throw new EvidenceError('chain', `${thing}, issuer name`, { expected: `"${issuer.subjectCommonName}"` });
}

/** Anything that an issuer's key has signed: a certificate, a CRL, an OCSP answer. */
export type Signed = {
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
};

/** The signature of a certificate or CRL by its issuer's key. */
export function assertSignedBy(child: Signed, issuer: Certificate, thing: string): void {
  const { tbs, signatureAlgorithm, signature } = child;
  if (verifySignature(signatureAlgorithm, tbs, signature, issuer.publicKey)) return;
  throw new EvidenceError('chain', `${thing}, signature`, {
    expected: `one by "${issuer.subjectCommonName}"`,
  });
}

/** A CA that may sign certificates, with room for `casBelow` further CAs in the path. */
export function assertCertificateSigner(certificate: Certificate, casBelow: number, thing: string): void {
  const { isCa, keyUsage, pathLength } = certificate;
  if (!isCa || !keyUsage.keyCertSign) {
    throw new EvidenceError('chain', thing, { expected: 'a CA with certificate signing usage' });
  }
  if (pathLength !== undefined && pathLength < casBelow) {
    throw new EvidenceError('chain', `${thing}, path length`, {
      expected: `>= ${casBelow}`,
      actual: `${pathLength}`,
    });
  }
}

export function assertCrlSigner({ isCa, keyUsage }: Certificate, thing: string): void {
  if (isCa && keyUsage.crlSign) return;
  throw new EvidenceError('chain', thing, { expected: 'a CA with CRL signing usage' });
}

/** A CA that may sign certificates and CRLs. */
export function assertAuthority(certificate: Certificate, casBelow: number, thing: string): void {
  assertCertificateSigner(certificate, casBelow, thing);
  assertCrlSigner(certificate, thing);
}

export function assertEndEntity({ isCa, keyUsage }: Certificate, thing: string): void {
  if (isCa || !keyUsage.digitalSignature) {
    throw new EvidenceError('chain', thing, { expected: 'no CA, with digital signature usage' });
  }
}

export function assertCommonName(
  { subjectCommonName }: Certificate,
  expected: readonly string[],
  thing: string,
): void {
  if (expected.includes(subjectCommonName)) return;
  throw new EvidenceError('chain', `${thing}, common name`, {
    expected: expected.map((name) => `"${name}"`).join(' or '),
    actual: `"${subjectCommonName}"`,
  });
}

/** Both ends inclusive (RFC 5280 §4.1.2.5). */
export function assertWithin(
  atUnixSec: number,
  fromUnixSec: number,
  untilUnixSec: number,
  thing: string,
): void {
  if (fromUnixSec <= atUnixSec && atUnixSec <= untilUnixSec) return;
  throw new EvidenceError('expired', `${thing}, validity`, {
    expected: `${unixSecToIso(fromUnixSec)} to ${unixSecToIso(untilUnixSec)}`,
    actual: unixSecToIso(atUnixSec),
  });
}

export function assertCertificateValid(certificate: Certificate, atUnixSec: number, thing: string): void {
  assertWithin(atUnixSec, certificate.notBeforeUnixSec, certificate.notAfterUnixSec, thing);
}
