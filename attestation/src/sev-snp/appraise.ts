import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { type Check, firstReason } from '../check-log.ts';
import type { EvidenceReason } from '../errors.ts';
import { compare } from '../policy/compare.ts';
import type { EvidencePolicy, ExpectedReportData } from '../policy/evidence-policy.ts';
import { noRegistry, type PlatformClass, type PlatformRegistry } from '../policy/platform-class.ts';
import type { SevSnpPolicy } from '../policy/sev-snp-policy.ts';
import { teeTypeCode } from '../tee-type.ts';
import { appraiseFirmware } from './appraise-firmware.ts';
import { appraiseGuest } from './appraise-guest.ts';
import type { SnpCheckId } from './check-ids.ts';
import { compareIfAny, comparePcrs } from './compare.ts';
import { type SnpEvidence, type SnpPlatform, type SnpVerification, verifySnpEvidence } from './verify.ts';

/** The policy fields that a verdict answers for, one check each; `tcbFloors` has five. */
export type SnpPolicyCheckId = `policy.${
  | Exclude<keyof SevSnpPolicy, 'tcbFloors'>
  | 'product'
  | 'reportedTcb'
  | 'committedTcb'
  | 'launchTcb'
  | 'currentTcb'
  | 'teeType'
  | 'allowSimulated'
  | 'platformClass'
  | 'reportDataKeys'
  | 'reportDataNonce'}`;

/** Everything one can know from a report, its certificates and a policy. JSON-ready. */
export type SnpVerdict = Omit<SnpVerification, 'checks' | 'platform'> & {
  /** Every check passed or was ignored by name. */
  readonly ok: boolean;
  readonly checks: readonly Check<SnpCheckId | SnpPolicyCheckId>[];
  /** Of the first failed check. */
  readonly reason: EvidenceReason | undefined;
  /** `class` is what the caller's registry says of it. */
  readonly platform: (SnpPlatform & { readonly class: PlatformClass }) | undefined;
};

/** Verifies and appraises in one call. */
export function judgeSnpEvidence(
  evidence: SnpEvidence,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
  registry: PlatformRegistry = noRegistry,
): SnpVerdict {
  return appraiseSnp(verifySnpEvidence(evidence), policy, expected, registry);
}

/** Holds verified evidence against a policy. Pure; no field of the policy is skipped. */
export function appraiseSnp(
  verification: SnpVerification,
  policy: EvidencePolicy,
  expected: ExpectedReportData,
  registry: PlatformRegistry = noRegistry,
): SnpVerdict {
  const platform = classify(verification.platform, registry);
  const section = policy.sevSnp === 'refuse' ? undefined : policy.sevSnp;
  const checks = [
    ...verification.checks,
    ...appraiseOrigin(verification, policy, platform?.class),
    ...(section === undefined ? [] : appraiseSection(verification, section)),
    ...appraiseReportData(verification, expected),
  ];
  const reason = firstReason(checks);
  return { ...verification, ok: reason === undefined, checks, reason, platform };
}

export type SnpPolicyChecks = readonly Check<SnpPolicyCheckId>[];

function classify(platform: SnpPlatform | undefined, registry: PlatformRegistry): SnpVerdict['platform'] {
  if (platform === undefined) return undefined;
  const { chipId, platformId } = platform;
  return { ...platform, class: registry({ kind: 'chip-id', id: chipId, platformId }) };
}

function appraiseOrigin(
  { report, teeType, simulated, trustAnchor }: SnpVerification,
  policy: EvidencePolicy,
  platformClass: PlatformClass | undefined,
): SnpPolicyChecks {
  const accepted = policy.sevSnp === 'refuse' ? [] : [teeTypeCode.sevSnp];
  return [
    compare('policy.teeType', 'policy', { anyOf: accepted }, report && teeType),
    compare(
      'policy.allowSimulated',
      'policy',
      { anyOf: policy.allowSimulated ? [false, true] : [false] },
      trustAnchor === undefined ? undefined : simulated,
    ),
    compare('policy.platformClass', 'policy', policy.platformClass, platformClass),
  ];
}

function appraiseSection(verification: SnpVerification, policy: SevSnpPolicy): SnpPolicyChecks {
  const { leaf, report, azure, platform, revocationChecked } = verification;
  return [
    compare('policy.signingKey', 'policy', policy.signingKey, leaf?.kind),
    compareIfAny('policy.cspId', policy.cspId, leaf && (leaf.cspId ?? 'none')),
    compare('policy.maskChipKey', 'policy', policy.maskChipKey, report?.flags.maskChipKey),
    compare('policy.revocationChecked', 'policy', policy.revocationChecked, revocationChecked),
    compare('policy.platformId', 'policy', policy.platformId, platform?.platformId),
    ...appraiseFirmware(verification, policy),
    ...appraiseGuest(verification, policy),
    compare('policy.azureParavisor', 'policy', policy.azureParavisor, isOfAzure(verification)),
    comparePcrs('policy.vtpmPcrs', policy.vtpmPcrs, azure?.pcrs),
  ];
}

/** Evidence of Azure that did not verify is neither one nor the other. */
function isOfAzure({ azure, checks }: SnpVerification): boolean | undefined {
  if (azure !== undefined) return true;
  const isAbsent = checks.some(({ id, result }) => id === 'azure.format' && result === 'ignored');
  return isAbsent ? false : undefined;
}

/**
 * The keys and the nonce that the guest vouches for. Under Azure's paravisor the report data is a hash of the runtime
 * data: there the guest's keys are in its user data, and the nonce in the vTPM's quote.
 */
function appraiseReportData(verification: SnpVerification, expected: ExpectedReportData): SnpPolicyChecks {
  const { report, azure } = verification;
  const ofAzure = isOfAzure(verification);
  const reportData = ofAzure === false ? report?.reportData : undefined;
  const keys = firstHalf(ofAzure ? azure?.userData : reportData);
  const nonce = ofAzure ? azure?.vtpm?.extraData : secondHalf(reportData);
  return [
    compare('policy.reportDataKeys', 'binding', expected.keys, keys),
    compare('policy.reportDataNonce', 'binding', expected.nonce, nonce),
  ];
}

function firstHalf(reportData: Hex | undefined): Hex | undefined {
  return reportData && bytesToHex(hexToBytes(reportData, 64).subarray(0, 32));
}

function secondHalf(reportData: Hex | undefined): Hex | undefined {
  return reportData && bytesToHex(hexToBytes(reportData, 64).subarray(32));
}
