import { equalBytes } from '../../bytes/equal-bytes.ts';
import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { type Check, CheckLog, firstReason, given, type Outcome } from '../../check-log.ts';
import { sha384, verifyEcdsa } from '../../crypto/index.ts';
import { EvidenceError, type EvidenceReason } from '../../errors.ts';
import type { TrustAnchor } from '../../trust-anchors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { assertCertificateValid } from '../../x509/chain-rules.ts';
import {
  assertAnswered,
  assertFresh,
  assertNotRevoked,
  type CertificateStatus,
  type OcspAnswer,
  statusExpiriesUnixSec,
  verifyChainStatus,
} from '../ocsp/verify-chain.ts';
import { canonicalize } from './c14n.ts';
import { type RimCheckId, rimCheckReasons } from './check-ids.ts';
import { type ParsedRim, parseRim, type Rim } from './parse.ts';
import { type SignerChain, verifySignerChain } from './signer-chain.ts';

/** Answers about every certificate of the signer's chain but the root. */
export type RimOcsp = {
  readonly answers: readonly OcspAnswer[];
  /** NVIDIA puts signers of superseded manifests on hold; accepting those is a choice that has to be made. */
  readonly allowHold: boolean;
};

export type RimInput = {
  readonly rim: Uint8Array;
  readonly roots: readonly TrustAnchor[];
  readonly atUnixSec: number;
  /** Left out, revocation is not checked, and the verdict says so in three `ignored` lines. */
  readonly ocsp?: RimOcsp | undefined;
};

export type CertificateFacts = {
  readonly commonName: string;
  readonly serial: Hex;
  readonly notBeforeUnixSec: number;
  readonly notAfterUnixSec: number;
};

export type RimVerification = {
  readonly ok: boolean;
  readonly checks: readonly Check<RimCheckId>[];
  readonly reason: EvidenceReason | undefined;
  readonly simulated: boolean;
  readonly trustAnchor: TrustAnchor | undefined;
  /** Only when every check passed: unsigned reference values are nobody's. Signer first in `chain`. */
  readonly rim: (Rim & { readonly chain: readonly CertificateFacts[] }) | undefined;
  /** One entry per certificate below the root, when answers were given. */
  readonly ocsp: readonly CertificateStatus[];
  readonly revocationChecked: boolean;
  readonly earliestExpiryUnixSec: number | undefined;
};

/** Verifies a signed reference manifest against pinned roots. Total: a bad one is a verdict, never an exception. */
export function verifyRim({ rim, roots, atUnixSec, ocsp }: RimInput): RimVerification {
  const log = new CheckLog<RimCheckId>(rimCheckReasons);
  const parsed = log.run('rim.format', [given('rim', rim)], parseRim);
  const { chain, anchor, isVerified } = verifySignerChain(log, parsed, roots);
  log.assert('rim.digest', [parsed], assertDigest);
  log.assert('rim.signature', [parsed, chain, isVerified], (manifest, [signer]) =>
    assertSignature(manifest, signer),
  );
  log.assert('rim.validity', [chain], (certificates) => {
    for (const certificate of certificates) {
      assertCertificateValid(certificate, atUnixSec, `RIM certificate "${certificate.subjectCommonName}"`);
    }
  });
  const statuses = checkRevocation(log, chain, isVerified, ocsp, atUnixSec);
  const reason = firstReason(log.checks);
  const trustAnchor = isVerified.value && anchor.value;
  return {
    ok: reason === undefined,
    checks: log.checks,
    reason,
    simulated: trustAnchor?.simulated ?? false,
    trustAnchor,
    rim:
      reason === undefined
        ? parsed.value && chain.value && rimFacts(parsed.value.rim, chain.value)
        : undefined,
    ocsp: statuses,
    revocationChecked: ocsp !== undefined,
    earliestExpiryUnixSec:
      reason === undefined ? chain.value && earliestExpiry(chain.value, statuses) : undefined,
  };
}

/** The document as it is without its signature (XMLDSig §3.2.1). */
function assertDigest({ document, signature }: ParsedRim): void {
  const actual = sha384(canonicalize(document, signature.element));
  if (equalBytes(actual, signature.digest)) return;
  throw new EvidenceError('signature', 'RIM, digest', {
    expected: bytesToHex(signature.digest),
    actual: bytesToHex(actual),
  });
}

/** The signature covers SignedInfo, which holds the digest (XMLDSig §3.2.2). */
function assertSignature({ signature }: ParsedRim, { publicKey, subjectCommonName }: Certificate): void {
  const message = canonicalize(signature.signedInfo);
  const isSigned =
    publicKey.algorithm === 'p384' &&
    verifyEcdsa('p384', 'sha384', message, signature.signature, publicKey.point);
  if (isSigned) return;
  throw new EvidenceError('signature', 'RIM, signature', { expected: `one by "${subjectCommonName}"` });
}

function checkRevocation(
  log: CheckLog<RimCheckId>,
  chain: Outcome<SignerChain>,
  isVerified: Outcome<true>,
  ocsp: RimOcsp | undefined,
  atUnixSec: number,
): readonly CertificateStatus[] {
  if (ocsp === undefined) {
    for (const id of ['rim.ocsp', 'rim.ocsp-freshness', 'rim.revocation'] as const) {
      log.ignore(id, 'no OCSP answers given: revocation not checked');
    }
    return [];
  }
  const statuses = log.run('rim.ocsp', [chain, isVerified], (path) => {
    const found = verifyChainStatus({ path, atUnixSec, ...ocsp });
    assertAnswered(found);
    return found;
  });
  log.assert('rim.ocsp-freshness', [statuses], assertFresh);
  log.assert('rim.revocation', [statuses], assertNotRevoked);
  return statuses.value ?? [];
}

function rimFacts(rim: Rim, chain: SignerChain): Rim & { chain: readonly CertificateFacts[] } {
  const facts = chain.map(({ subjectCommonName, serial, notBeforeUnixSec, notAfterUnixSec }) => ({
    commonName: subjectCommonName,
    serial,
    notBeforeUnixSec,
    notAfterUnixSec,
  }));
  return { ...rim, chain: facts };
}

function earliestExpiry(chain: SignerChain, statuses: readonly CertificateStatus[]): number {
  return Math.min(...chain.map(({ notAfterUnixSec }) => notAfterUnixSec), ...statusExpiriesUnixSec(statuses));
}
