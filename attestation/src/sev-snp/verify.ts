import type { Hex } from '../bytes/hex.ts';
import { type Check, CheckLog, firstReason, given, type Outcome } from '../check-log.ts';
import { EvidenceError, type EvidenceReason } from '../errors.ts';
import { teeTypeCode } from '../tee-type.ts';
import { matchTrustAnchor, type TrustAnchor } from '../trust-anchors.ts';
import type { Crl } from '../x509/crl.ts';
import { type AzureEvidence, type AzureFacts, verifyAzure } from './azure/verify.ts';
import { parseSnpChain, type SnpCertificates, type SnpChain } from './certificates.ts';
import {
  assertOneProduct,
  assertSigningKey,
  assertSnpConstraints,
  assertSnpNames,
  assertSnpSignatures,
  assertSnpValidity,
} from './chain.ts';
import { type SnpCheckId, snpCheckReasons } from './check-ids.ts';
import { type LeafFacts, readLeafFacts } from './leaf-extensions.ts';
import { snpEvidenceHash, snpMeasurementHash, snpPlatformIdOf } from './measurement.ts';
import { type ParsedSnpReport, parseSnpReport, type SnpReport } from './parse.ts';
import type { SnpProduct } from './product.ts';
import { type SnpCrl, verifyRevocation } from './revocation.ts';
import { decodeReportTcb, type SnpTcb, verifyReport } from './verify-report.ts';

export type SnpEvidence = {
  /** Exactly one report, 1184 bytes. */
  readonly report: Uint8Array;
  readonly certificates: SnpCertificates;
  readonly crl: SnpCrl;
  /** For a confidential VM of Azure, whose report data is not the guest's. */
  readonly azure?: AzureEvidence;
  /** The moment to judge at. Never the machine's clock: the caller says which time counts. */
  readonly atUnixSec: number;
  readonly trustAnchors: readonly TrustAnchor[];
};

/** What AMD certifies about the key that signed. JSON-ready. */
export type SnpLeaf = LeafFacts & { readonly notBeforeUnixSec: number; readonly notAfterUnixSec: number };

/** `platformId` = keccak256(chip id), the public name on chain. */
export type SnpPlatform = { readonly chipId: Hex; readonly platformId: Hex };

/** The cryptographic half of a verdict. */
export type SnpVerification = {
  /** Every cryptographic check passed or was left out by name. Policy has not been asked yet. */
  readonly ok: boolean;
  readonly checks: readonly Check<SnpCheckId>[];
  readonly reason: EvidenceReason | undefined;
  readonly teeType: typeof teeTypeCode.sevSnp;
  readonly atUnixSec: number;
  /** The root that vouches for the platform. */
  readonly trustAnchor: TrustAnchor | undefined;
  readonly simulated: boolean;
  /** What the bytes say, also when a signature does not vouch for them: look at `ok` first. */
  readonly report: SnpReport | undefined;
  /** On which report, certificates and names of the authorities agree. */
  readonly product: SnpProduct | undefined;
  readonly tcb: SnpTcb | undefined;
  /** Once its chain is verified. */
  readonly leaf: SnpLeaf | undefined;
  /** Only of a chip that is known: a VLEK stands for a cloud, and a host may mask the chip. */
  readonly platform: SnpPlatform | undefined;
  readonly azure: AzureFacts | undefined;
  /** Whether an authentic, current list was asked about every certificate. */
  readonly revocationChecked: boolean;
  readonly measurementHash: Hex | undefined;
  readonly evidenceHash: Hex | undefined;
  /** First moment after which this verdict would no longer hold, over everything used. */
  readonly earliestExpiryUnixSec: number | undefined;
};

/**
 * Verifies an SEV-SNP report with its certificates against the given roots. Total: bad evidence is a verdict, never an
 * exception.
 */
export function verifySnpEvidence(evidence: SnpEvidence): SnpVerification {
  const { atUnixSec } = evidence;
  const log = new CheckLog<SnpCheckId>(snpCheckReasons);
  const parsed = log.run('report.format', [], () => parseSnpReport(evidence.report));
  log.assert('report.guest-policy', [parsed], assertGuestPolicy);
  const { anchor, chain } = verifyChain(log, evidence, parsed);
  const leaf = log.run('leaf.extensions', [chain], (one) => readLeafFacts(one.leaf));
  const product = log.run('chain.product', [parsed, chain, leaf], ({ report }, one, facts) =>
    assertOneProduct(report, one, facts),
  );
  log.assert('chain.signing-key', [parsed, chain, leaf], ({ report }, one, facts) =>
    assertSigningKey(report, one, facts),
  );
  const crl = verifyRevocation(log, evidence.crl, chain, atUnixSec);
  const chipId = verifyReport(log, parsed, chain, leaf, product);
  const azure = verifyAzure(log, parsed, evidence.azure);
  const trustAnchor = chain.value && anchor.value;
  const reason = firstReason(log.checks);
  const report = parsed.value?.report;
  return {
    ok: reason === undefined,
    checks: log.checks,
    reason,
    teeType: teeTypeCode.sevSnp,
    atUnixSec,
    trustAnchor,
    simulated: trustAnchor?.simulated ?? false,
    report,
    product: product.value,
    tcb: report && product.value && decodeReportTcb(report, product.value),
    leaf: leaf.value && chain.value && { ...leaf.value, ...validityOf(chain.value) },
    platform: chipId && { chipId, platformId: snpPlatformIdOf(chipId) },
    azure,
    revocationChecked: crl !== undefined,
    measurementHash: report && snpMeasurementHash(report),
    evidenceHash: parsed.value && chain.value && snpEvidenceHash(parsed.value.bytes, chain.value.leaf.der),
    earliestExpiryUnixSec:
      reason === undefined && chain.value !== undefined ? earliestExpiry(chain.value, crl) : undefined,
  };
}

type ChainOutcome = {
  readonly anchor: Outcome<TrustAnchor>;
  /** Once a trust anchor, names, constraints and signatures vouch for it. Validity is checked apart. */
  readonly chain: Outcome<SnpChain>;
};

function verifyChain(
  log: CheckLog<SnpCheckId>,
  { certificates, trustAnchors, atUnixSec }: SnpEvidence,
  parsed: Outcome<ParsedSnpReport>,
): ChainOutcome {
  const signingKey = parsed.value?.report.flags.signingKey;
  const chain = log.run('certificates.format', [], () => parseSnpChain(certificates, signingKey));
  const anchor = log.run('chain.root', [chain], ({ root }) => matchTrustAnchor(root, trustAnchors));
  const names = log.assert('chain.names', [chain], (one) => assertSnpNames(one));
  const constraints = log.assert('chain.constraints', [chain], (one) => assertSnpConstraints(one));
  const signatures = log.assert('chain.signatures', [chain], (one) => assertSnpSignatures(one));
  log.assert('chain.validity', [chain], (one) => assertSnpValidity(one, atUnixSec));
  const missing = [anchor, names, constraints, signatures].find(({ value }) => value === undefined);
  return { anchor, chain: missing === undefined ? chain : given<SnpChain>(missing.id, undefined) };
}

/** Bit 17 must be one (AMD publication 56860, "Guest Policy"). */
function assertGuestPolicy({ report }: ParsedSnpReport): void {
  if (report.policy.reservedOne) return;
  throw new EvidenceError('format', 'guest policy', { expected: 'bit 17 set', actual: report.policy.value });
}

function validityOf({ leaf }: SnpChain): { notBeforeUnixSec: number; notAfterUnixSec: number } {
  return { notBeforeUnixSec: leaf.notBeforeUnixSec, notAfterUnixSec: leaf.notAfterUnixSec };
}

function earliestExpiry(chain: SnpChain, crl: Crl | undefined): number {
  const ends = [chain.leaf, chain.intermediate, chain.root].map(({ notAfterUnixSec }) => notAfterUnixSec);
  return Math.min(...ends, ...(crl === undefined ? [] : [crl.nextUpdateUnixSec]));
}
