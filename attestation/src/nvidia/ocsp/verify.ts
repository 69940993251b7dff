import { bytesToHex } from '../../bytes/hex.ts';
import { type Check, CheckLog, firstReason, given, type Outcome } from '../../check-log.ts';
import { EvidenceError, type EvidenceReason } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { assertCertificateValid, assertSignedBy, assertWithin } from '../../x509/chain-rules.ts';
import { certificateIdOf, isSameId } from './certificate-id.ts';
import { type OcspCheckId, ocspCheckReasons } from './check-ids.ts';
import { type OcspResponse, parseOcspResponse } from './parse.ts';
import { findResponder } from './responder.ts';
import type { OcspStatus, SingleResponse } from './single-response.ts';

export type OcspInput = {
  readonly der: Uint8Array;
  /** The certificate asked about, and the verified certificate of the CA that issued it. */
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly atUnixSec: number;
  /** What was sent with the request; without it a response may be as old as its nextUpdate allows. */
  readonly nonce?: Uint8Array;
  /** A hold may be taken back. Never allow it for a device: NVIDIA puts one on GPUs that it no longer vouches for. */
  readonly allowHold?: boolean;
};

export type OcspVerification = {
  /** Every check passed: the certificate is good, or on hold where that is allowed. */
  readonly ok: boolean;
  readonly checks: readonly Check<OcspCheckId>[];
  readonly reason: EvidenceReason | undefined;
  /** Only of a response that is authentic, fresh and about this certificate. */
  readonly status: OcspStatus | undefined;
  readonly revokedAtUnixSec: number | undefined;
  /** Last moment at which this answer may be used; of a response that is authentic and about this certificate. */
  readonly validUntilUnixSec: number | undefined;
};

/** Verifies one answer about one certificate (RFC 6960 §3.2). Total: a bad answer is a verdict, never an exception. */
export function verifyOcspResponse(input: OcspInput): OcspVerification {
  const { der, certificate, issuer, atUnixSec, allowHold = false } = input;
  const log = new CheckLog<OcspCheckId>(ocspCheckReasons);
  const response = log.run('ocsp.format', [given('response', der)], parseOcspResponse);
  const responder = log.run('ocsp.responder', [response], (parsed) => findResponder(parsed, issuer));
  log.assert('ocsp.responder-validity', [responder], (signer) =>
    assertCertificateValid(signer, atUnixSec, 'OCSP responder'),
  );
  const signed = log.assert('ocsp.signature', [response, responder], (parsed, signer) =>
    assertSignedBy(parsed, signer, 'OCSP response'),
  );
  const single = log.run('ocsp.certificate', [response, signed], (parsed) =>
    findSingle(parsed, certificate, issuer),
  );
  log.assert('ocsp.freshness', [single], ({ thisUpdateUnixSec, nextUpdateUnixSec }) =>
    assertWithin(atUnixSec, thisUpdateUnixSec, nextUpdateUnixSec, 'OCSP response'),
  );
  checkNonce(log, response, input.nonce);
  const isUsable = firstReason(log.checks) === undefined;
  checkStatus(log, single, allowHold);
  const reason = firstReason(log.checks);
  return {
    ok: reason === undefined,
    checks: log.checks,
    reason,
    status: isUsable ? single.value?.status : undefined,
    revokedAtUnixSec: isUsable ? single.value?.revokedAtUnixSec : undefined,
    validUntilUnixSec: validUntil(single, responder),
  };
}

function findSingle(response: OcspResponse, certificate: Certificate, issuer: Certificate): SingleResponse {
  const wanted = certificateIdOf(certificate, issuer);
  const [only, ...others] = response.responses.filter((single) => isSameId(single.certificateId, wanted));
  if (only === undefined || others.length > 0) {
    throw new EvidenceError('collateral', 'OCSP response', {
      expected: `one answer about serial ${certificate.serial}`,
      actual: response.responses.map((single) => single.certificateId.serial).join(', '),
    });
  }
  return only;
}

function validUntil(
  { value: single }: Outcome<SingleResponse>,
  { value: responder }: Outcome<Certificate>,
): number | undefined {
  return single && responder && Math.min(single.nextUpdateUnixSec, responder.notAfterUnixSec);
}

function checkNonce(
  log: CheckLog<OcspCheckId>,
  response: Outcome<OcspResponse>,
  sent: Uint8Array | undefined,
): void {
  if (sent === undefined) return log.ignore('ocsp.nonce', 'no nonce was sent');
  log.assert('ocsp.nonce', [response], ({ nonce }) => {
    const expected = bytesToHex(sent);
    if (nonce === expected) return;
    throw new EvidenceError('binding', 'OCSP response, nonce', { expected, actual: nonce ?? 'none' });
  });
}

function checkStatus(log: CheckLog<OcspCheckId>, single: Outcome<SingleResponse>, allowHold: boolean): void {
  log.assert('ocsp.known', [single], ({ status }) => {
    if (status !== 'unknown') return;
    throw new EvidenceError('collateral', 'OCSP status', { expected: 'a known certificate', actual: status });
  });
  log.assert('ocsp.status', [single], ({ status }) => {
    if (status !== 'revoked' && (status !== 'hold' || allowHold)) return;
    throw new EvidenceError('revoked', 'OCSP status', {
      expected: allowHold ? 'good or hold' : 'good',
      actual: status,
    });
  });
}
