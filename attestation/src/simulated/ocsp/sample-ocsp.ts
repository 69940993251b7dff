import type { CertificateSpec } from '../certificate-writer.ts';
import { writeCertificate } from '../certificate-writer.ts';
import { createP384SigningKey, deriveP384SecretKey } from '../signing-key.ts';
import { type Adjust, applied, serialFor, vendorName, vendorValidity } from '../vendor.ts';
import { type OcspSpec, ocspSigningUsage, type SingleSpec, writeOcspResponse } from './ocsp-writer.ts';

/** How long NVIDIA's answers are good for. */
const lifetimeSec = 86_400;

export type OcspAdjustments = {
  readonly responder?: Adjust<CertificateSpec>;
  readonly single?: Adjust<SingleSpec>;
  readonly response?: Adjust<OcspSpec>;
};

export type OcspRequest = {
  /** The certificate asked about; its issuer certifies the responder. */
  readonly certificate: CertificateSpec;
  readonly atUnixSec: number;
  readonly nonce?: Uint8Array;
  readonly adjust?: OcspAdjustments;
};

/** A good answer of an hour ago, by a responder that the issuer has delegated. */
export function answerOcsp({ certificate, atUnixSec, nonce, adjust = {} }: OcspRequest): Uint8Array {
  const { issuerCommonName, issuerKey } = certificate;
  const label = `hearth simulated OCSP responder of ${issuerCommonName}`;
  const signingKey = createP384SigningKey(deriveP384SecretKey(label));
  const responder = applied(adjust.responder, {
    ...vendorValidity,
    commonName: `${vendorName} OCSP Responder`,
    issuerCommonName,
    issuerKey,
    subjectKey: signingKey,
    serial: serialFor(label),
    caPathLength: undefined,
    extraExtensions: [ocspSigningUsage],
  });
  const thisUpdateUnixSec = atUnixSec - 3_600;
  const single = applied(adjust.single, {
    issuerCommonName,
    issuerKey,
    serial: certificate.serial,
    status: 'good',
    thisUpdateUnixSec,
    nextUpdateUnixSec: thisUpdateUnixSec + lifetimeSec,
  });
  const response = applied(adjust.response, {
    singles: [single],
    producedAtUnixSec: thisUpdateUnixSec,
    responderId: signingKey,
    signingKey,
    nonce,
    certificates: [writeCertificate(responder)],
  });
  return writeOcspResponse(response);
}
