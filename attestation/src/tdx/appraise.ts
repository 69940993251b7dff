import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { isoToUnixSec } from '../bytes/utc-time.ts';
import { type Check, firstReason } from '../check-log.ts';
import type { EnclaveStatus, TcbStatus } from '../collateral/tcb-status.ts';
import type { EvidenceReason } from '../errors.ts';
import { compare, compareAll } from '../policy/compare.ts';
import type { EvidencePolicy, ExpectedReportData } from '../policy/evidence-policy.ts';
import type { TrustAnchor } from '../trust-anchors.ts';
import type { TdxCheckId } from './check-ids.ts';
import type { PlatformFacts, QuoteFacts, TdxEvidence, TdxVerification } from './verify.ts';
import { verifyTdxEvidence } from './verify.ts';

/** The policy fields that a verdict answers for, one check each, in the order made. */
export type TdxPolicyCheckId =
  `policy.${Exclude<keyof EvidencePolicy, 'schema'> | 'reportDataKeys' | 'reportDataNonce'}`;

/** Everything one can know from a quote, its collateral and a policy. JSON-ready. */
export type Verdict = {
  /** Every check passed or was ignored by name. */
  readonly ok: boolean;
  readonly checks: readonly Check<TdxCheckId | TdxPolicyCheckId>[];
  /** Of the first failed check. */
  readonly reason: EvidenceReason | undefined;
  readonly simulated: boolean;
  readonly trustAnchor: TrustAnchor | undefined;
  readonly tcbStatus: TcbStatus | undefined;
  readonly platformStatus: TcbStatus | undefined;
  readonly moduleStatus: EnclaveStatus | undefined;
  readonly qeStatus: EnclaveStatus | undefined;
  readonly advisoryIds: readonly string[];
  readonly tcbDate: string | undefined;
  readonly tcbEvaluationDataNumber: number | undefined;
  readonly qeEvaluationDataNumber: number | undefined;
  readonly platform: PlatformFacts | undefined;
  readonly quote: QuoteFacts | undefined;
  readonly measurementHash: Hex | undefined;
  readonly evidenceHash: Hex | undefined;
  readonly earliestExpiryUnixSec: number | undefined;
};

/** Verifies and appraises in one call. */
export function judgeTdxEvidence(
  evidence: TdxEvidence,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
): Verdict {
  return appraiseTdx(verifyTdxEvidence(evidence), policy, expected);
}

/** Holds verified evidence against a policy. Pure; no field of the policy is skipped. */
export function appraiseTdx(
  verification: TdxVerification,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
): Verdict {
  const checks = [
    ...verification.checks,
    ...appraiseOrigin(verification, policy),
    ...appraiseTcb(verification, policy),
    ...appraiseAttributes(verification, policy),
    ...appraiseMeasurements(verification, policy),
    ...appraiseReportData(verification, expected),
  ];
  const reason = firstReason(checks);
  const { checks: _checks, ok: _ok, tcb, levels, ...facts } = verification;
  return {
    ok: reason === undefined,
    ...facts,
    checks,
    reason,
    tcbStatus: tcb?.tcbStatus,
    platformStatus: levels?.platformStatus,
    moduleStatus: levels?.moduleStatus,
    qeStatus: levels?.qeStatus,
    tcbDate: levels?.tcbDate,
    advisoryIds: tcb?.advisoryIds ?? [],
  };
}

type PolicyChecks = Check<TdxPolicyCheckId>[];

function appraiseOrigin(
  { quote, simulated, trustAnchor, platform }: TdxVerification,
  policy: EvidencePolicy,
): PolicyChecks {
  const isSimulated = trustAnchor === undefined ? undefined : simulated;
  return [
    compare('policy.teeType', 'policy', policy.teeType, quote?.teeType),
    compare(
      'policy.allowSimulated',
      'policy',
      { anyOf: policy.allowSimulated ? [false, true] : [false] },
      isSimulated,
    ),
    compare('policy.platformId', 'policy', policy.platformId, platform?.platformId),
    compare('policy.fmspc', 'policy', policy.fmspc, platform?.fmspc),
  ];
}

function appraiseTcb(verification: TdxVerification, policy: EvidencePolicy): PolicyChecks {
  const { tcb, levels, quote, platform, tcbEvaluationDataNumber, qeEvaluationDataNumber } = verification;
  const dateUnixSec = levels?.tcbDate === undefined ? undefined : isoToUnixSec(levels.tcbDate);
  return [
    compare('policy.tcbStatus', 'policy', policy.tcbStatus, tcb?.tcbStatus),
    compareAll('policy.advisoryIds', 'policy', policy.advisoryIds, tcb?.advisoryIds),
    compare('policy.tcbDateUnixSec', 'policy', policy.tcbDateUnixSec, dateUnixSec),
    compare(
      'policy.tcbEvaluationDataNumber',
      'policy',
      policy.tcbEvaluationDataNumber,
      tcbEvaluationDataNumber,
    ),
    compare('policy.qeEvaluationDataNumber', 'policy', policy.qeEvaluationDataNumber, qeEvaluationDataNumber),
    compare('policy.pceSvn', 'policy', policy.pceSvn, platform?.pceSvn),
    compare('policy.qeIsvSvn', 'policy', policy.qeIsvSvn, quote?.qeReport.isvSvn),
  ];
}

function appraiseAttributes({ quote }: TdxVerification, policy: EvidencePolicy): PolicyChecks {
  const attributes = quote?.attributes;
  return [
    // Every TUD bit counts as debug: each opens the TD to somebody outside.
    compare('policy.debug', 'debug', policy.debug, attributes?.untrusted),
    compare('policy.septVeDisable', 'policy', policy.septVeDisable, attributes?.septVeDisable),
    compare('policy.migratable', 'policy', policy.migratable, attributes?.migratable),
    compare('policy.protectionKeys', 'policy', policy.protectionKeys, attributes?.protectionKeys),
    compare('policy.keyLocker', 'policy', policy.keyLocker, attributes?.keyLocker),
    compare('policy.perfmon', 'policy', policy.perfmon, attributes?.perfmon),
    compare('policy.reservedAttributes', 'policy', policy.reservedAttributes, attributes?.reserved),
    compare('policy.xfam', 'policy', policy.xfam, quote?.report.xfam),
  ];
}

function appraiseMeasurements(
  { quote, measurementHash }: TdxVerification,
  policy: EvidencePolicy,
): PolicyChecks {
  const report = quote?.report;
  return [
    compare('policy.mrSeam', 'policy', policy.mrSeam, report?.mrSeam),
    compare('policy.measurementHash', 'policy', policy.measurementHash, measurementHash),
    compare('policy.mrtd', 'policy', policy.mrtd, report?.mrtd),
    compare('policy.rtmr0', 'policy', policy.rtmr0, report?.rtmr0),
    compare('policy.rtmr1', 'policy', policy.rtmr1, report?.rtmr1),
    compare('policy.rtmr2', 'policy', policy.rtmr2, report?.rtmr2),
    compare('policy.rtmr3', 'policy', policy.rtmr3, report?.rtmr3),
    compare('policy.mrConfigId', 'policy', policy.mrConfigId, report?.mrConfigId),
    compare('policy.mrOwner', 'policy', policy.mrOwner, report?.mrOwner),
    compare('policy.mrOwnerConfig', 'policy', policy.mrOwnerConfig, report?.mrOwnerConfig),
  ];
}

function appraiseReportData({ quote }: TdxVerification, expected: ExpectedReportData): PolicyChecks {
  const reportData = quote && hexToBytes(quote.report.reportData);
  return [
    compare(
      'policy.reportDataKeys',
      'binding',
      expected.keys,
      reportData && bytesToHex(reportData.subarray(0, 32)),
    ),
    compare(
      'policy.reportDataNonce',
      'binding',
      expected.nonce,
      reportData && bytesToHex(reportData.subarray(32)),
    ),
  ];
}
