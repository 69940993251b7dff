import { expect, test } from '@jest/globals';
import { type GpuPolicy, gpuPolicySchema, strictGpuPolicy } from '../policy/gpu-policy.ts';
import { coveredNvidiaEvidence, crlAbout } from '../simulated/nvidia/covered-evidence.ts';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import {
  appraiseNvidia,
  judgeNvidiaEvidence,
  type NvidiaPolicy,
  type NvidiaPolicyCheckId,
} from './appraise.ts';
import { withOpaque } from './faults/faulty-device.ts';
import { opaqueType } from './layout.ts';
import { verifyNvidiaEvidence } from './verify.ts';

/** Signers of simulated manifests are asked about elsewhere. */
const section: GpuPolicy = { ...strictGpuPolicy(['GH100'], '550.90.07'), rimRevocation: 'ignore' };
const verified = verifyNvidiaEvidence(coveredNvidiaEvidence());
const bare = verifyNvidiaEvidence({
  ...coveredNvidiaEvidence(),
  rims: { trustAnchors: [] },
  revocation: { ocsp: [], crls: [] },
});

function policyOf(override: Partial<GpuPolicy> = {}): NvidiaPolicy {
  return { allowSimulated: true, platformClass: 'ignore', gpu: { ...section, ...override } };
}

test('a device within the strict policy passes, and every field of the section has its check', () => {
  const { ok, checks, platform } = appraiseNvidia(verified, policyOf(), () => 'registered');
  expect({ ok, class: platform?.class }).toEqual({ ok: true, class: 'registered' });
  const asked = checks.map(({ id }) => id).filter((id) => id.startsWith('policy.'));
  const ofLists = ['gpuCount', 'switches', 'protectedPcieTopology'];
  const fields = Object.keys(section).filter((field) => !ofLists.includes(field));
  expect(new Set(asked)).toEqual(
    new Set([
      'policy.deviceKind',
      'policy.allowSimulated',
      'policy.platformClass',
      ...fields.map((field) => `policy.${field}`),
    ]),
  );
});

const refusals: readonly (readonly [NvidiaPolicyCheckId, Partial<GpuPolicy>, typeof verified?])[] = [
  ['policy.chip', { chip: { anyOf: ['GB100'] } }],
  ['policy.chip', { chip: { anyOf: [] } }],
  ['policy.vbios', { vbios: { atLeast: '96.00.B0.00.00' } }],
  ['policy.vbios', { vbios: { anyOf: ['96.00.AF.00.02'] } }],
  ['policy.driver', { driver: { atLeast: '570.86.11' } }],
  ['policy.driver', { driver: { anyOf: [] } }],
  ['policy.vbiosRim', { driverRim: 'ignore', revocation: 'ignore' }, bare],
  ['policy.driverRim', { vbiosRim: 'ignore', revocation: 'ignore' }, bare],
  ['policy.rimRevocation', { rimRevocation: 'required' }],
  ['policy.uncoveredMeasurements', { uncoveredMeasurements: { anyOf: [41, 42] } }],
  ['policy.revocation', { driverRim: 'ignore', vbiosRim: 'ignore' }, bare],
  ['policy.platformId', { platformId: { anyOf: [`0x${'11'.repeat(32)}`] } }],
  ['policy.mode', { mode: { anyOf: ['PPCIE'] } }],
];

test.each(refusals)('%s refuses what %j does not allow', (id, override, verification = verified) => {
  const verdict = appraiseNvidia(verification, policyOf(override));
  const failed = verdict.checks.filter(({ result }) => result === 'fail');
  expect(failed.map((check) => check.id)).toEqual([id]);
  expect(verdict).toMatchObject({ ok: false, reason: id === 'policy.revocation' ? 'collateral' : 'policy' });
});

test('exactly the uncovered blocks may be allowed by name', () => {
  const anyOf = Array.from({ length: 24 }, (_, index) => 41 + index);
  expect(appraiseNvidia(verified, policyOf({ uncoveredMeasurements: { anyOf } })).ok).toBe(true);
});

test('CRLs satisfy a policy that asks for the authorities, not one that asks for the device', () => {
  const { specs } = createSimulatedDevice({ chip: 'GH100', seed: 'sample' });
  const crls = [crlAbout(specs.provisioner), crlAbout(specs.identity)];
  const verification = verifyNvidiaEvidence({ ...coveredNvidiaEvidence(), revocation: { ocsp: [], crls } });
  expect(appraiseNvidia(verification, policyOf({ revocation: 'authorities' })).ok).toBe(true);
  expect(appraiseNvidia(verification, policyOf({ revocation: 'device' })).reason).toBe('collateral');
});

test('a report without firmware id passes only where the policy says so', () => {
  const evidence = withOpaque(opaqueType.firmwareId, undefined, { chip: 'LS_10' });
  const { gpu, ...rest } = policyOf();
  if (gpu === 'refuse' || gpu.switches === 'refuse')
    throw new Error('the policy under test accepts switches');
  const lenient = {
    ...gpu.switches,
    vbiosRim: 'ignore',
    rimRevocation: 'ignore',
    revocation: 'ignore',
  } as const;
  const judge = (firmwareId: 'required' | 'ignore') =>
    judgeNvidiaEvidence(evidence, { ...rest, gpu: { ...gpu, switches: { ...lenient, firmwareId } } });
  expect(judge('ignore').ok).toBe(true);
  expect(judge('required').checks.find(({ result }) => result === 'fail')?.id).toBe('policy.firmwareId');
});

test('what a policy ignores is shown as ignored, with what was found', () => {
  const { checks } = appraiseNvidia(bare, policyOf({ revocation: 'ignore', driver: 'ignore' }));
  expect(checks).toContainEqual({ id: 'policy.revocation', result: 'ignored', actual: 'covered: none' });
  expect(checks).toContainEqual({ id: 'policy.driver', result: 'ignored', actual: '570.86.10' });
});

test('a version that is no version passes no floor', () => {
  const evidence = withOpaque(opaqueType.driverVersion, Buffer.from('999.beta'));
  const { checks } = judgeNvidiaEvidence(evidence, policyOf());
  expect(checks.find(({ id }) => id === 'policy.driver')).toMatchObject({
    result: 'fail',
    actual: '999.beta',
  });
});

test('development devices, other classes and refused kinds do not pass', () => {
  const failing = (policy: NvidiaPolicy, verification = verified) =>
    appraiseNvidia(verification, policy)
      .checks.filter(({ result }) => result === 'fail')
      .map(({ id }) => id);
  const ofSwitch = verifyNvidiaEvidence(coveredNvidiaEvidence({ device: { chip: 'LS_10' } }));
  expect(failing({ ...policyOf(), allowSimulated: false })).toEqual(['policy.allowSimulated']);
  expect(failing({ ...policyOf(), platformClass: { anyOf: ['cloud'] } })).toEqual(['policy.platformClass']);
  expect(failing({ ...policyOf(), gpu: 'refuse' })).toEqual(['policy.deviceKind']);
  expect(failing(policyOf({ switches: 'refuse' }), ofSwitch)).toEqual(['policy.deviceKind']);
});

test('a policy is total: no field may be left out, and none is unknown', () => {
  const strict = strictGpuPolicy(['GH100'], '550.90.07');
  expect(gpuPolicySchema.parse(JSON.parse(JSON.stringify(strict)))).toEqual(strict);
  for (const field of Object.keys(strict)) {
    const { [field as keyof GpuPolicy]: _, ...rest } = strict;
    expect(gpuPolicySchema.safeParse(rest).success).toBe(false);
  }
  expect(gpuPolicySchema.safeParse({ ...strict, allowHold: true }).success).toBe(false);
  expect(gpuPolicySchema.safeParse({ ...strict, driver: { atLeast: 'newest' } }).success).toBe(false);
});
