import { type Check, firstReason } from '../check-log.ts';
import type { EvidenceReason } from '../errors.ts';
import { compare, compareAll, fail } from '../policy/compare.ts';
import type { EvidencePolicy } from '../policy/evidence-policy.ts';
import type { GpuPolicy, SwitchPolicy } from '../policy/gpu-policy.ts';
import { noRegistry, type PlatformClass, type PlatformRegistry } from '../policy/platform-class.ts';
import type { NvidiaCheckId } from './check-ids.ts';
import { type NvidiaEvidence, type NvidiaVerification, verifyNvidiaEvidence } from './verify.ts';
import { compareVbiosVersions, compareVersions, isDriverVersion, isVbiosVersion } from './version.ts';

/** What a policy document says about NVIDIA devices. */
export type NvidiaPolicy = Pick<EvidencePolicy, 'allowSimulated' | 'platformClass'> & {
  readonly gpu: GpuPolicy | 'refuse';
};

/** One check for each field of the section that applies to a single device; sets are appraised in `fleet.ts`. */
export type NvidiaPolicyCheckId =
  | 'policy.deviceKind'
  | 'policy.allowSimulated'
  | 'policy.platformClass'
  | `policy.${Exclude<keyof GpuPolicy, 'gpuCount' | 'switches' | 'protectedPcieTopology'>}`;

/** Everything one can know of one device. JSON-ready. */
export type NvidiaVerdict = Omit<NvidiaVerification, 'checks' | 'platform'> & {
  readonly checks: readonly Check<NvidiaCheckId | NvidiaPolicyCheckId>[];
  readonly platform:
    | (NonNullable<NvidiaVerification['platform']> & { readonly class: PlatformClass })
    | undefined;
};

/** Verifies and appraises in one call. */
export function judgeNvidiaEvidence(
  evidence: NvidiaEvidence,
  policy: NvidiaPolicy,
  registry: PlatformRegistry = noRegistry,
): NvidiaVerdict {
  return appraiseNvidia(verifyNvidiaEvidence(evidence), policy, registry);
}

/** Holds one verified device against a policy. Pure; no field of the policy is skipped. */
export function appraiseNvidia(
  verification: NvidiaVerification,
  policy: NvidiaPolicy,
  registry: PlatformRegistry = noRegistry,
): NvidiaVerdict {
  const platform = verification.platform && {
    ...verification.platform,
    class: registry(verification.platform),
  };
  const section = sectionFor(verification, policy.gpu);
  const checks = [
    ...verification.checks,
    appraiseKind(verification, policy.gpu),
    compare(
      'policy.allowSimulated',
      'policy',
      { anyOf: policy.allowSimulated ? [false, true] : [false] },
      verification.trustAnchor === undefined ? undefined : verification.simulated,
    ),
    compare('policy.platformClass', 'policy', policy.platformClass, platform?.class),
    ...(section === undefined ? [] : appraiseDevice(verification, section)),
  ];
  const reason: EvidenceReason | undefined = firstReason(checks);
  return { ...verification, platform, ok: reason === undefined, checks, reason };
}

type PolicyCheck = Check<NvidiaPolicyCheckId>;

function appraiseKind({ kind }: NvidiaVerification, policy: GpuPolicy | 'refuse'): PolicyCheck {
  const accepted = policy === 'refuse' ? [] : policy.switches === 'refuse' ? ['gpu'] : ['gpu', 'switch'];
  return compare('policy.deviceKind', 'policy', { anyOf: accepted }, kind);
}

function sectionFor(
  { kind }: NvidiaVerification,
  policy: GpuPolicy | 'refuse',
): GpuPolicy | SwitchPolicy | undefined {
  if (policy === 'refuse') return undefined;
  if (kind === 'gpu') return policy;
  return policy.switches === 'refuse' ? undefined : policy.switches;
}

function appraiseDevice(verification: NvidiaVerification, policy: GpuPolicy | SwitchPolicy): PolicyCheck[] {
  const { chip, device, rim, platform } = verification;
  return [
    compare('policy.chip', 'policy', policy.chip, chip),
    compareVersion('policy.vbios', policy.vbios, device?.vbios, isVbiosVersion, compareVbiosVersions),
    require('policy.vbiosRim', policy.vbiosRim, rim?.roles.includes('vbios')),
    require('policy.rimRevocation', policy.rimRevocation, verification.rimRevocationChecked),
    compareAll(
      'policy.uncoveredMeasurements',
      'policy',
      policy.uncoveredMeasurements === 'ignore'
        ? 'ignore'
        : { anyOf: policy.uncoveredMeasurements.anyOf.map(String) },
      rim?.uncovered.map(String),
    ),
    appraiseRevocation(verification, policy),
    require('policy.firmwareId', policy.firmwareId, verification.firmwareIdMatch),
    compare('policy.platformId', 'policy', policy.platformId, platform?.platformId),
    ...('driver' in policy ? appraiseGpu(verification, policy) : []),
  ];
}

function appraiseGpu({ device, rim }: NvidiaVerification, policy: GpuPolicy): PolicyCheck[] {
  return [
    compareVersion('policy.driver', policy.driver, device?.driver, isDriverVersion, compareVersions),
    require('policy.driverRim', policy.driverRim, rim?.roles.includes('driver')),
    compare('policy.mode', 'policy', policy.mode, device?.mode),
  ];
}

const coverages = ['none', 'authorities', 'device'] as const;

function appraiseRevocation({ revocation }: NvidiaVerification, policy: SwitchPolicy): PolicyCheck {
  const id = 'policy.revocation';
  if (policy.revocation === 'ignore') return { id, result: 'ignored', actual: `covered: ${revocation}` };
  const enough = coverages.indexOf(revocation) >= coverages.indexOf(policy.revocation);
  const expected = `covered: ${policy.revocation}`;
  return enough
    ? { id, result: 'pass', expected, actual: `covered: ${revocation}` }
    : fail(id, 'collateral', expected, `covered: ${revocation}`);
}

function require(
  id: NvidiaPolicyCheckId,
  requirement: 'required' | 'ignore',
  holds: boolean | undefined,
): PolicyCheck {
  return compare(id, 'policy', requirement === 'ignore' ? 'ignore' : { equals: true }, holds === true);
}

type VersionRequirement = GpuPolicy['driver'];

function compareVersion(
  id: NvidiaPolicyCheckId,
  requirement: VersionRequirement,
  actual: string | undefined,
  isVersion: (text: string) => boolean,
  order: (a: string, b: string) => number,
): PolicyCheck {
  if (requirement === 'ignore' || 'anyOf' in requirement) return compare(id, 'policy', requirement, actual);
  const expected = `at least ${requirement.atLeast}`;
  if (actual === undefined || !isVersion(actual))
    return fail(id, 'policy', expected, actual ?? 'not established');
  return order(actual, requirement.atLeast) >= 0
    ? { id, result: 'pass', expected, actual }
    : fail(id, 'policy', expected, actual);
}
