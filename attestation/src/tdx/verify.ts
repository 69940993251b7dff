import type { Hex } from '../bytes/hex.ts';
import { type Check, CheckLog, firstReason, given } from '../check-log.ts';
import { checkDcapCollateral, type DcapCollateral } from '../collateral/dcap-collateral.ts';
import type { EvidenceReason } from '../errors.ts';
import type { PckConfiguration, PckExtension } from '../sgx/pck-extension.ts';
import type { SgxReport } from '../sgx/report.ts';
import { teeTypeCode } from '../tee-type.ts';
import type { TrustAnchor } from '../trust-anchors.ts';
import { type TdxCheckId, tdxCheckReasons } from './check-ids.ts';
import { evaluateTcb, type TcbEvaluation, type TcbLevels } from './evaluate-tcb.ts';
import { evidenceHash, measurementHash, platformIdOf } from './measurement.ts';
import { parseTdxQuote, type TdReport, type TdxQuote } from './parse.ts';
import { parseTdAttributes, type TdAttributes } from './td-attributes.ts';
import { verifyCollateral } from './verify-collateral.ts';
import { verifyPlatform } from './verify-platform.ts';
import { verifyQuoteSignatures } from './verify-quote.ts';

export type TdxEvidence = {
  readonly quote: Uint8Array;
  readonly collateral: DcapCollateral;
  /** The moment to judge at. Never the machine's clock: the caller says which time counts. */
  readonly atUnixSec: number;
  readonly trustAnchors: readonly TrustAnchor[];
};

/** What the quote says, as JSON-ready values. */
export type QuoteFacts = {
  readonly teeType: typeof teeTypeCode.tdx;
  readonly report: TdReport;
  readonly attributes: TdAttributes;
  readonly userData: Hex;
  readonly qeReport: SgxReport;
  readonly trailingByteCount: number;
};

/** Who Intel says the platform is. `platformId` = keccak256(PPID), the public name on chain. */
export type PlatformFacts = {
  readonly ppid: Hex;
  readonly platformId: Hex;
  readonly fmspc: Hex;
  readonly pceId: Hex;
  /** The 16 SGX component SVNs that Intel certified. */
  readonly sgxTcbComponents: readonly number[];
  readonly pceSvn: number;
  readonly cpuSvn: Hex;
  readonly sgxType: number;
  readonly platformInstanceId: Hex | undefined;
  readonly configuration: PckConfiguration | undefined;
};

/** The cryptographic half of a verdict. */
export type TdxVerification = {
  /** Every cryptographic check passed. Policy has not been asked yet. */
  readonly ok: boolean;
  readonly checks: readonly Check<TdxCheckId>[];
  readonly reason: EvidenceReason | undefined;
  /** The moment judged at. */
  readonly atUnixSec: number;
  /** The root that vouches for the platform. */
  readonly trustAnchor: TrustAnchor | undefined;
  readonly simulated: boolean;
  /** What the bytes say, also when a signature does not vouch for them: look at `ok` first. */
  readonly quote: QuoteFacts | undefined;
  readonly measurementHash: Hex | undefined;
  readonly evidenceHash: Hex | undefined;
  /** From the PCK certificate, once its chain is verified. */
  readonly platform: PlatformFacts | undefined;
  /** Only when every check passed. */
  readonly tcb: TcbEvaluation | undefined;
  /** Only when nothing but TCB levels failed: a status computed from unsigned numbers would be a false comfort. */
  readonly levels: TcbLevels | undefined;
  /** Of the TCB Info and of the QE identity; Intel does not always raise both on the same day. */
  readonly tcbEvaluationDataNumber: number | undefined;
  readonly qeEvaluationDataNumber: number | undefined;
  /** First moment after which this verdict would no longer hold, over everything used. */
  readonly earliestExpiryUnixSec: number | undefined;
};

/**
 * Verifies a TDX v4 quote with its DCAP collateral against the given roots. Total: bad evidence is a verdict, never
 * an exception.
 */
export function verifyTdxEvidence({
  quote,
  collateral,
  atUnixSec,
  trustAnchors,
}: TdxEvidence): TdxVerification {
  const log = new CheckLog<TdxCheckId>(tdxCheckReasons);
  const parsed = log.run('quote.format', [], () => parseTdxQuote(quote));
  const shaped = log.run('collateral.format', [given('collateral', collateral)], checkDcapCollateral);
  const platform = verifyPlatform(log, parsed, trustAnchors, atUnixSec);
  const verified = verifyCollateral({ log, collateral: shaped, platform, atUnixSec });
  verifyQuoteSignatures(log, parsed, platform.chain);
  const tcb = evaluateTcb(log, parsed, platform, verified);
  const trustAnchor = platform.chain.value && platform.anchor.value;
  const reason = firstReason(log.checks);
  const isAuthentic = log.checks.every((check) => check.result === 'pass' || check.reason === 'tcb');
  return {
    ok: reason === undefined,
    checks: log.checks,
    reason,
    atUnixSec,
    trustAnchor,
    simulated: trustAnchor?.simulated ?? false,
    quote: parsed.value && quoteFacts(parsed.value),
    measurementHash: parsed.value && measurementHash(parsed.value.report),
    evidenceHash: parsed.value && evidenceHash(parsed.value),
    platform: platform.pck.value && platformFacts(platform.pck.value),
    tcb: reason === undefined ? tcb.merged.value : undefined,
    levels: isAuthentic ? tcb.levels : undefined,
    tcbEvaluationDataNumber: verified.tcbInfo.value?.tcbEvaluationDataNumber,
    qeEvaluationDataNumber: verified.qeIdentity.value?.tcbEvaluationDataNumber,
    earliestExpiryUnixSec: reason === undefined ? Math.min(...verified.expiriesUnixSec) : undefined,
  };
}

function quoteFacts({ report, userData, qeReport, trailingByteCount }: TdxQuote): QuoteFacts {
  const attributes = parseTdAttributes(report.tdAttributes);
  return { teeType: teeTypeCode.tdx, report, attributes, userData, qeReport, trailingByteCount };
}

function platformFacts({ tcbComponents, ...facts }: PckExtension): PlatformFacts {
  return { ...facts, sgxTcbComponents: tcbComponents, platformId: platformIdOf(facts.ppid) };
}
