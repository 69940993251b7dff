import type { Hex } from '../../bytes/hex.ts';
import { EvidenceError } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { certificateIdOf, isSameId } from './certificate-id.ts';
import type { OcspCheckId } from './check-ids.ts';
import { parseOcspResponse } from './parse.ts';
import { type OcspVerification, verifyOcspResponse } from './verify.ts';

/** What a responder answered, with the nonce that was sent to it if there was one. */
export type OcspAnswer = { readonly der: Uint8Array; readonly nonce?: Uint8Array };

export type ChainStatusInput = {
  /** A verified path, subject first; the last certificate only serves as the issuer of the one before. */
  readonly path: readonly Certificate[];
  /** In any order; each is found by the certificate it is about. */
  readonly answers: readonly OcspAnswer[];
  readonly atUnixSec: number;
  readonly allowHold?: boolean;
};

export type CertificateStatus = {
  readonly commonName: string;
  readonly serial: Hex;
  /** Undefined when no answer is about this certificate. */
  readonly answer: OcspVerification | undefined;
};

/** The state of every certificate of a path but the last. Total. */
export function verifyChainStatus(input: ChainStatusInput): readonly CertificateStatus[] {
  const { path, answers, atUnixSec, allowHold = false } = input;
  return path.flatMap((certificate, index) => {
    const issuer = path[index + 1];
    if (issuer === undefined) return [];
    const found = answers.find(({ der }) => isAbout(der, certificate, issuer));
    const answer = found && verifyOcspResponse({ ...found, certificate, issuer, atUnixSec, allowHold });
    return [{ commonName: certificate.subjectCommonName, serial: certificate.serial, answer }];
  });
}

/** Authentic answers for all; throws EvidenceError `collateral`. */
export function assertAnswered(statuses: readonly CertificateStatus[]): void {
  const missing = statuses.find(({ answer }) => answer === undefined);
  if (missing !== undefined) {
    throw new EvidenceError('collateral', 'OCSP', { expected: `an answer about "${missing.commonName}"` });
  }
  const checks: OcspCheckId[] = [
    'ocsp.format',
    'ocsp.responder',
    'ocsp.signature',
    'ocsp.certificate',
    'ocsp.nonce',
    'ocsp.known',
  ];
  assertPassed(statuses, checks, 'collateral');
}

/** Throws EvidenceError `expired`. */
export function assertFresh(statuses: readonly CertificateStatus[]): void {
  assertPassed(statuses, ['ocsp.responder-validity', 'ocsp.freshness'], 'expired');
}

/** Throws EvidenceError `revoked`. */
export function assertNotRevoked(statuses: readonly CertificateStatus[]): void {
  assertPassed(statuses, ['ocsp.status'], 'revoked');
}

/** End of the last moment for which all of these answers speak. */
export function statusExpiriesUnixSec(statuses: readonly CertificateStatus[]): readonly number[] {
  return statuses.flatMap(({ answer }) => answer?.validUntilUnixSec ?? []);
}

function assertPassed(
  statuses: readonly CertificateStatus[],
  ids: readonly OcspCheckId[],
  reason: 'collateral' | 'expired' | 'revoked',
): void {
  for (const { commonName, answer } of statuses) {
    const failed = answer?.checks.find(({ id, result }) => result === 'fail' && ids.includes(id));
    if (failed === undefined) continue;
    const { expected = failed.id, actual = 'another' } = failed;
    throw new EvidenceError(reason, `OCSP answer about "${commonName}", ${failed.id}`, { expected, actual });
  }
}

/** What cannot be read is about nothing: its certificate then has no answer. */
function isAbout(der: Uint8Array, certificate: Certificate, issuer: Certificate): boolean {
  try {
    const wanted = certificateIdOf(certificate, issuer);
    return parseOcspResponse(der).responses.some((single) => isSameId(single.certificateId, wanted));
  } catch (error) {
    if (error instanceof EvidenceError) return false;
    throw error;
  }
}
