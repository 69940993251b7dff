import { type Hex, hexToBytes } from '../bytes/hex.ts';
import { type Check, firstReason } from '../check-log.ts';
import type { EnclaveStatus, PlatformStatus, TcbStatus } from '../collateral/tcb-status.ts';
import {
  appraiseOrigin,
  appraisePlatform,
  appraiseReportData,
  classify,
  type DcapPolicyCheckId,
} from '../dcap/appraise.ts';
import type { TdxCheckId } from '../dcap/check-ids.ts';
import type { PlatformFacts } from '../dcap/verify.ts';
import type { EvidenceReason } from '../errors.ts';
import { compare, compareComponents } from '../policy/compare.ts';
import type { EvidencePolicy, ExpectedReportData } from '../policy/evidence-policy.ts';
import { noRegistry, type PlatformClass, type PlatformRegistry } from '../policy/platform-class.ts';
import type { TdxPolicy } from '../policy/tdx-policy.ts';
import { teeTypeCode } from '../tee-type.ts';
import type { TrustAnchor } from '../trust-anchors.ts';
import { type TdxEvidence, type TdxQuoteFacts, type TdxVerification, verifyTdxEvidence } from './verify.ts';
import { isXfamWithinFixedBits } from './xfam.ts';

/** The policy fields that a verdict answers for, one check each. A section that says 'refuse' leaves only the origin. */
export type TdxPolicyCheckId = DcapPolicyCheckId | `policy.${keyof TdxPolicy}`;

/** Everything one can know from a quote, its collateral and a policy. JSON-ready. */
export type Verdict = {
  /** Every check passed or was ignored by name. */
  readonly ok: boolean;
  readonly checks: readonly Check<TdxCheckId | TdxPolicyCheckId>[];
  /** Of the first failed check. */
  readonly reason: EvidenceReason | undefined;
  readonly atUnixSec: number;
  readonly simulated: boolean;
  readonly trustAnchor: TrustAnchor | undefined;
  readonly tcbStatus: TcbStatus | undefined;
  readonly platformStatus: PlatformStatus | undefined;
  readonly moduleStatus: EnclaveStatus | undefined;
  readonly qeStatus: EnclaveStatus | undefined;
  readonly advisoryIds: readonly string[];
  readonly tcbDate: string | undefined;
  readonly outOfDateSince: string | undefined;
  readonly tcbEvaluationDataNumber: number | undefined;
  readonly qeEvaluationDataNumber: number | undefined;
  /** `class` is what the caller's registry says of it. */
  readonly platform: (PlatformFacts & { readonly class: PlatformClass }) | undefined;
  readonly quote: TdxQuoteFacts | undefined;
  readonly measurementHash: Hex | undefined;
  readonly evidenceHash: Hex | undefined;
  /** First moment after which this verdict would no longer hold, the end of a grace included. */
  readonly earliestExpiryUnixSec: number | undefined;
};

/** Verifies and appraises in one call. */
export function judgeTdxEvidence(
  evidence: TdxEvidence,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
  registry: PlatformRegistry = noRegistry,
): Verdict {
  return appraiseTdx(verifyTdxEvidence(evidence), policy, expected, registry);
}

/** Holds verified evidence against a policy. Pure; no field of the policy is skipped. */
export function appraiseTdx(
  verification: TdxVerification,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
  registry: PlatformRegistry = noRegistry,
): Verdict {
  const platformClass = classify(verification.platform, registry);
  const section = policy.tdx === 'refuse' ? undefined : policy.tdx;
  const teeType = {
    accepted: section === undefined ? [] : [teeTypeCode.tdx],
    actual: verification.quote?.teeType,
  };
  const platform = section && appraisePlatform(verification, section);
  const checks = [
    ...verification.checks,
    ...appraiseOrigin(verification, policy, teeType, platformClass),
    ...(platform?.checks ?? []),
    ...(section === undefined ? [] : appraiseTd(verification, section)),
    ...appraiseReportData(verification.quote?.report.reportData, expected),
  ];
  const reason = firstReason(checks);
  const { checks: _checks, ok: _ok, tcb, levels, ...facts } = verification;
  const expiries = [facts.earliestExpiryUnixSec, platform?.graceEndUnixSec];
  return {
    ok: reason === undefined,
    ...facts,
    platform: facts.platform && platformClass && { ...facts.platform, class: platformClass },
    checks,
    reason,
    tcbStatus: tcb?.tcbStatus,
    platformStatus: levels?.platformStatus,
    moduleStatus: levels?.moduleStatus,
    qeStatus: levels?.qeStatus,
    tcbDate: levels?.tcbDate,
    outOfDateSince: levels?.outOfDateSince,
    advisoryIds: tcb?.advisoryIds ?? [],
    earliestExpiryUnixSec: earliest(expiries),
  };
}

function earliest([verified, graceEnd]: readonly (number | undefined)[]): number | undefined {
  if (verified === undefined || graceEnd === undefined) return verified;
  return Math.min(verified, graceEnd);
}

type PolicyChecks = Check<TdxPolicyCheckId>[];

function appraiseTd({ quote, measurementHash }: TdxVerification, policy: TdxPolicy): PolicyChecks {
  const attributes = quote?.attributes;
  const report = quote?.report;
  return [
    compareComponents(
      'policy.teeTcbSvn',
      'policy',
      policy.teeTcbSvn,
      report && [...hexToBytes(report.teeTcbSvn)],
    ),
    // Every TUD bit counts as debug: each opens the TD to somebody outside.
    compare('policy.debug', 'debug', policy.debug, attributes?.untrusted),
    compare('policy.septVeDisable', 'policy', policy.septVeDisable, attributes?.septVeDisable),
    compare('policy.migratable', 'policy', policy.migratable, attributes?.migratable),
    compare('policy.protectionKeys', 'policy', policy.protectionKeys, attributes?.protectionKeys),
    compare('policy.keyLocker', 'policy', policy.keyLocker, attributes?.keyLocker),
    compare('policy.perfmon', 'policy', policy.perfmon, attributes?.perfmon),
    compare('policy.reservedAttributes', 'policy', policy.reservedAttributes, attributes?.reserved),
    compare(
      'policy.xfamWithinFixedBits',
      'policy',
      policy.xfamWithinFixedBits,
      report && isXfamWithinFixedBits(report.xfam),
    ),
    compare('policy.xfam', 'policy', policy.xfam, report?.xfam),
    compare('policy.mrSeam', 'policy', policy.mrSeam, report?.mrSeam),
    compare(
      'policy.mrServiceTd',
      'policy',
      policy.mrServiceTd,
      report && (report.mrServiceTd ?? noServiceTd),
    ),
    compare('policy.measurementHash', 'policy', policy.measurementHash, measurementHash),
    ...(['mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3', 'mrConfigId', 'mrOwner', 'mrOwnerConfig'] as const).map(
      (field) => compare(`policy.${field}` as const, 'policy', policy[field], report?.[field]),
    ),
  ];
}

/** A TD 1.0 report says nothing of a service TD. */
const noServiceTd: Hex = `0x${'00'.repeat(48)}`;
