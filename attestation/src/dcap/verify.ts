import type { Hex } from '../bytes/hex.ts';
import { type Check, CheckLog, firstReason, given, type Outcome } from '../check-log.ts';
import { checkDcapCollateral, type DcapCollateral } from '../collateral/dcap-collateral.ts';
import type { TcbInfo } from '../collateral/tcb-info.ts';
import type { CollateralCache } from '../collateral/verified-collateral.ts';
import type { EvidenceReason } from '../errors.ts';
import type { PckConfiguration, PckExtension } from '../sgx/pck-extension.ts';
import type { TrustAnchor } from '../trust-anchors.ts';
import type { DcapCheckId } from './check-ids.ts';
import type { TcbEvaluation, TcbLevels, TcbOutcome } from './evaluate-tcb.ts';
import { evidenceHash, platformIdOf } from './hashes.ts';
import type { DcapQuote } from './parse-quote.ts';
import { type CollateralOutcome, type CollateralReader, verifyCollateral } from './verify-collateral.ts';
import { verifyPlatform } from './verify-platform.ts';
import { verifyQuoteSignatures } from './verify-quote.ts';

export type DcapEvidence = {
  readonly quote: Uint8Array;
  readonly collateral: DcapCollateral;
  /** The moment to judge at. Never the machine's clock: the caller says which time counts. */
  readonly atUnixSec: number;
  readonly trustAnchors: readonly TrustAnchor[];
  /** Collateral verified before; changes how long a verdict takes and nothing in it. */
  readonly cache?: CollateralCache | undefined;
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

/** The cryptographic half of a verdict, whatever the quote's body. */
export type DcapVerification = {
  /** Every cryptographic check passed. Policy has not been asked yet. */
  readonly ok: boolean;
  readonly checks: readonly Check<DcapCheckId>[];
  readonly reason: EvidenceReason | undefined;
  /** The moment judged at. */
  readonly atUnixSec: number;
  /** The root that vouches for the platform. */
  readonly trustAnchor: TrustAnchor | undefined;
  readonly simulated: boolean;
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

/** What differs between SGX and TDX. */
export type DcapFormat<Quote extends DcapQuote, Info extends TcbInfo> = CollateralReader<Info> & {
  readonly technology: 'sgx' | 'tdx';
  readonly checkReasons: Readonly<Partial<Record<DcapCheckId, EvidenceReason>>>;
  readonly parseQuote: (bytes: Uint8Array) => Quote;
  readonly evaluateTcb: (
    input: CollateralOutcome<Info> & {
      readonly log: CheckLog<DcapCheckId>;
      readonly quote: Outcome<Quote>;
      readonly pck: Outcome<PckExtension>;
    },
  ) => TcbOutcome;
};

/**
 * Verifies a quote with its DCAP collateral against the given roots. Total: bad evidence is a verdict, never an
 * exception. The quote is what the bytes say, also when a signature does not vouch for them: look at `ok` first.
 */
export function verifyDcap<Quote extends DcapQuote, Info extends TcbInfo>(
  { quote: bytes, collateral, atUnixSec, trustAnchors, cache }: DcapEvidence,
  format: DcapFormat<Quote, Info>,
): { readonly verification: DcapVerification; readonly quote: Quote | undefined } {
  const log = new CheckLog<DcapCheckId>(format.checkReasons as Record<DcapCheckId, EvidenceReason>);
  const quote = log.run('quote.format', [], () => format.parseQuote(bytes));
  const shaped = log.run('collateral.format', [given('collateral', collateral)], checkDcapCollateral);
  const { technology } = format;
  const platform = verifyPlatform({
    log,
    technology,
    quote,
    collateral: shaped,
    trustAnchors,
    atUnixSec,
    cache,
  });
  const verified = verifyCollateral({ log, collateral: shaped, platform, atUnixSec }, format);
  verifyQuoteSignatures(log, quote, platform.chain);
  const tcb = format.evaluateTcb({ log, quote, pck: platform.pck, ...verified });
  const trustAnchor = platform.chain.value && platform.anchor.value;
  const reason = firstReason(log.checks);
  const isAuthentic = log.checks.every((check) => check.result === 'pass' || check.reason === 'tcb');
  const verification = {
    ok: reason === undefined,
    checks: log.checks,
    reason,
    atUnixSec,
    trustAnchor,
    simulated: trustAnchor?.simulated ?? false,
    evidenceHash: quote.value && evidenceHash(quote.value),
    platform: platform.pck.value && platformFacts(platform.pck.value),
    tcb: reason === undefined ? tcb.merged.value : undefined,
    levels: isAuthentic ? tcb.levels : undefined,
    tcbEvaluationDataNumber: verified.tcbInfo.value?.tcbEvaluationDataNumber,
    qeEvaluationDataNumber: verified.qeIdentity.value?.tcbEvaluationDataNumber,
    earliestExpiryUnixSec: reason === undefined ? Math.min(...verified.expiriesUnixSec) : undefined,
  };
  return { verification, quote: quote.value };
}

function platformFacts({ tcbComponents, ...facts }: PckExtension): PlatformFacts {
  return { ...facts, sgxTcbComponents: tcbComponents, platformId: platformIdOf(facts.ppid) };
}
