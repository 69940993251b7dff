import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { isoToUnixSec } from '../bytes/utc-time.ts';
import type { Check } from '../check-log.ts';
import { compare, compareAll, compareComponents } from '../policy/compare.ts';
import { compareTcbStatus } from '../policy/compare-tcb-status.ts';
import type { dcapPolicyFields } from '../policy/dcap-policy.ts';
import type { EvidencePolicy, ExpectedReportData } from '../policy/evidence-policy.ts';
import type { PlatformClass, PlatformRegistry } from '../policy/platform-class.ts';
import type { TdxPolicy } from '../policy/tdx-policy.ts';
import type { TeeTypeCode } from '../tee-type.ts';
import type { DcapVerification, PlatformFacts } from './verify.ts';

/** The fields that SGX and TDX evidence answer for alike. */
export type DcapPolicyCheckId =
  | `policy.${keyof typeof dcapPolicyFields}`
  | 'policy.teeType'
  | 'policy.allowSimulated'
  | 'policy.platformClass'
  | 'policy.reportDataKeys'
  | 'policy.reportDataNonce';

export type DcapPolicySection = Pick<TdxPolicy, keyof typeof dcapPolicyFields>;

/** What these checks look at. */
export type DcapFacts = Pick<
  DcapVerification,
  | 'atUnixSec'
  | 'trustAnchor'
  | 'simulated'
  | 'platform'
  | 'tcb'
  | 'levels'
  | 'tcbEvaluationDataNumber'
  | 'qeEvaluationDataNumber'
> & { readonly quote: { readonly qeReport: { readonly isvSvn: number } } | undefined };

type PolicyChecks = readonly Check<DcapPolicyCheckId>[];

/** The machine's standing in the caller's listing, once its identity is verified. */
export function classify(
  platform: PlatformFacts | undefined,
  registry: PlatformRegistry,
): PlatformClass | undefined {
  if (platform === undefined) return undefined;
  return registry({ kind: 'ppid', id: platform.ppid, platformId: platform.platformId });
}

/** What is asked of evidence of every format. */
export function appraiseOrigin(
  { simulated, trustAnchor }: DcapFacts,
  policy: EvidencePolicy,
  teeType: { readonly accepted: readonly TeeTypeCode[]; readonly actual: TeeTypeCode | undefined },
  platformClass: PlatformClass | undefined,
): PolicyChecks {
  return [
    compare('policy.teeType', 'policy', { anyOf: teeType.accepted }, teeType.actual),
    compare(
      'policy.allowSimulated',
      'policy',
      { anyOf: policy.allowSimulated ? [false, true] : [false] },
      trustAnchor === undefined ? undefined : simulated,
    ),
    compare('policy.platformClass', 'policy', policy.platformClass, platformClass),
  ];
}

/** Platform and TCB; with the end of the grace under which the status passed, if it needed one. */
export function appraisePlatform(
  facts: DcapFacts,
  policy: DcapPolicySection,
): { readonly checks: PolicyChecks; readonly graceEndUnixSec: number | undefined } {
  const { tcb, levels, quote, platform } = facts;
  const standing = tcb && { ...tcb, outOfDateSince: levels?.outOfDateSince };
  const status = compareTcbStatus('policy.tcbStatus', policy.tcbStatus, standing, facts.atUnixSec);
  const dateUnixSec = levels?.tcbDate === undefined ? undefined : isoToUnixSec(levels.tcbDate);
  const number = <Field extends 'tcbEvaluationDataNumber' | 'qeEvaluationDataNumber'>(field: Field) =>
    compare(`policy.${field}`, 'policy', policy[field], facts[field]);
  const checks: PolicyChecks = [
    compare('policy.platformId', 'policy', policy.platformId, platform?.platformId),
    compare('policy.fmspc', 'policy', policy.fmspc, platform?.fmspc),
    status.check,
    compareAll('policy.advisoryIds', 'policy', policy.advisoryIds, tcb?.advisoryIds),
    compare('policy.tcbDateUnixSec', 'policy', policy.tcbDateUnixSec, dateUnixSec),
    number('tcbEvaluationDataNumber'),
    number('qeEvaluationDataNumber'),
    compareComponents(
      'policy.sgxTcbComponents',
      'policy',
      policy.sgxTcbComponents,
      platform?.sgxTcbComponents,
    ),
    compare('policy.pceSvn', 'policy', policy.pceSvn, platform?.pceSvn),
    compare('policy.qeIsvSvn', 'policy', policy.qeIsvSvn, quote?.qeReport.isvSvn),
  ];
  return { checks, graceEndUnixSec: status.graceEndUnixSec };
}

export function appraiseReportData(reportData: Hex | undefined, expected: ExpectedReportData): PolicyChecks {
  const bytes = reportData && hexToBytes(reportData);
  return [
    compare('policy.reportDataKeys', 'binding', expected.keys, bytes && bytesToHex(bytes.subarray(0, 32))),
    compare('policy.reportDataNonce', 'binding', expected.nonce, bytes && bytesToHex(bytes.subarray(32))),
  ];
}
