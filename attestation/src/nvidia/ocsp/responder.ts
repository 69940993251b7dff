import { bytesToHex } from '../../bytes/hex.ts';
import { EvidenceError } from '../../errors.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { readExtendedKeyUsage } from '../../x509/certificate-extensions.ts';
import { assertEndEntity, assertIssuerName, assertSignedBy } from '../../x509/chain-rules.ts';
import { oid } from '../../x509/oids.ts';
import { nvidiaOcspProfile } from '../../x509/profiles.ts';
import { responderKeyHash } from './certificate-id.ts';
import type { OcspResponse, ResponderId } from './parse.ts';

const thing = 'OCSP responder';

/**
 * The certificate whose key must have signed: the issuer itself, or one that **this** issuer has made for OCSP
 * signing (RFC 6960 §4.2.2.2). A responder of another CA of the same vendor may not speak for this one.
 *
 * Whether the responder is itself revoked is not asked: its certificates carry id-pkix-ocsp-nocheck, which says so.
 */
export function findResponder(response: OcspResponse, issuer: Certificate): Certificate {
  if (isNamed(issuer, response.responderId)) return issuer;
  const responder = response.certificates
    .map((der) => parseCertificate(der, thing, nvidiaOcspProfile))
    .find((certificate) => isNamed(certificate, response.responderId));
  if (responder === undefined) {
    throw new EvidenceError('collateral', thing, { expected: 'the certificate that the response names' });
  }
  assertDelegated(responder, issuer);
  return responder;
}

function assertDelegated(responder: Certificate, issuer: Certificate): void {
  assertIssuerName(responder, issuer, thing);
  assertSignedBy(responder, issuer, thing);
  assertEndEntity(responder, thing);
  const purposes = readExtendedKeyUsage(responder.extensions.get(oid.extendedKeyUsage), thing);
  if (!purposes.includes(oid.ocspSigning)) {
    throw new EvidenceError('collateral', `${thing}, extended key usage`, {
      expected: `OCSP signing (${oid.ocspSigning})`,
      actual: purposes.join(' ') || 'none',
    });
  }
}

function isNamed(certificate: Certificate, id: ResponderId): boolean {
  if ('byName' in id) return bytesToHex(certificate.subject) === bytesToHex(id.byName);
  return responderKeyHash(certificate) === id.byKeySha1;
}
