import { type Hex, hexToBytes } from '../bytes/hex.ts';
import type { Check } from '../check-log.ts';
import {
  appraiseOrigin,
  appraisePlatform,
  appraiseReportData,
  classify,
  type DcapPolicyCheckId,
} from '../dcap/appraise.ts';
import type { TdxCheckId } from '../dcap/check-ids.ts';
import { type DcapVerdict, dcapVerdict } from '../dcap/verdict.ts';
import { compare, compareComponents } from '../policy/compare.ts';
import type { EvidencePolicy, ExpectedReportData } from '../policy/evidence-policy.ts';
import { noRegistry, type PlatformRegistry } from '../policy/platform-class.ts';
import type { TdxPolicy } from '../policy/tdx-policy.ts';
import { teeTypeCode } from '../tee-type.ts';
import { type TdxEvidence, type TdxQuoteFacts, type TdxVerification, verifyTdxEvidence } from './verify.ts';
import { isXfamWithinFixedBits } from './xfam.ts';

/** The policy fields that a verdict answers for, one check each. A section that says 'refuse' leaves only the origin. */
export type TdxPolicyCheckId = DcapPolicyCheckId | `policy.${keyof TdxPolicy}`;

/** Everything one can know from a TDX quote, its collateral and a policy. JSON-ready. */
export type Verdict = DcapVerdict<TdxCheckId | TdxPolicyCheckId> & {
  readonly quote: TdxQuoteFacts | undefined;
  readonly measurementHash: Hex | undefined;
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
  const { quote } = verification;
  const platformClass = classify(verification.platform, registry);
  const section = policy.tdx === 'refuse' ? undefined : policy.tdx;
  const accepted = section === undefined ? [] : [teeTypeCode.tdx];
  const platform = section && appraisePlatform(verification, section);
  const checks: Check<TdxCheckId | TdxPolicyCheckId>[] = [
    ...verification.checks,
    ...appraiseOrigin(verification, policy, { accepted, actual: quote?.teeType }, platformClass),
    ...(platform?.checks ?? []),
    ...(section === undefined ? [] : appraiseTd(verification, section)),
    ...appraiseReportData(quote?.report.reportData, expected),
  ];
  const verdict = dcapVerdict(verification, {
    checks,
    platformClass,
    graceEndUnixSec: platform?.graceEndUnixSec,
  });
  return { ...verdict, quote, measurementHash: verification.measurementHash };
}

type PolicyChecks = Check<TdxPolicyCheckId>[];

const measured = [
  'mrtd',
  'rtmr0',
  'rtmr1',
  'rtmr2',
  'rtmr3',
  'mrConfigId',
  'mrOwner',
  'mrOwnerConfig',
] as const;

function appraiseTd({ quote, measurementHash }: TdxVerification, policy: TdxPolicy): PolicyChecks {
  const attributes = quote?.attributes;
  const report = quote?.report;
  const tcbSvn = report && [...hexToBytes(report.teeTcbSvn)];
  const isXfamLegal = report && isXfamWithinFixedBits(report.xfam);
  return [
    compareComponents('policy.teeTcbSvn', 'policy', policy.teeTcbSvn, tcbSvn),
    // Every TUD bit counts as debug: each opens the TD to somebody outside.
    compare('policy.debug', 'debug', policy.debug, attributes?.untrusted),
    compare('policy.septVeDisable', 'policy', policy.septVeDisable, attributes?.septVeDisable),
    compare('policy.migratable', 'policy', policy.migratable, attributes?.migratable),
    compare('policy.protectionKeys', 'policy', policy.protectionKeys, attributes?.protectionKeys),
    compare('policy.keyLocker', 'policy', policy.keyLocker, attributes?.keyLocker),
    compare('policy.perfmon', 'policy', policy.perfmon, attributes?.perfmon),
    compare('policy.reservedAttributes', 'policy', policy.reservedAttributes, attributes?.reserved),
    compare('policy.xfamWithinFixedBits', 'policy', policy.xfamWithinFixedBits, isXfamLegal),
    compare('policy.xfam', 'policy', policy.xfam, report?.xfam),
    compare('policy.mrSeam', 'policy', policy.mrSeam, report?.mrSeam),
    compare(
      'policy.mrServiceTd',
      'policy',
      policy.mrServiceTd,
      report && (report.mrServiceTd ?? noServiceTd),
    ),
    compare('policy.measurementHash', 'policy', policy.measurementHash, measurementHash),
    ...measured.map((field) => compare(`policy.${field}` as const, 'policy', policy[field], report?.[field])),
  ];
}

/** A TD 1.0 report says nothing of a service TD. */
const noServiceTd: Hex = `0x${'00'.repeat(48)}`;
