import { expect, test } from '@jest/globals';
import { type GpuPolicy, strictGpuPolicy } from '../policy/gpu-policy.ts';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import { sampleNvidiaEvidence, sampleProtectedPcieSystem } from '../simulated/nvidia/sample-evidence.ts';
import type { NvidiaPolicy } from './appraise.ts';
import { type DeviceListCheckId, judgeNvidiaDevices } from './judge-devices.ts';
import type { NvidiaEvidence } from './verify.ts';

const bare = { vbiosRim: 'ignore', rimRevocation: 'ignore', revocation: 'ignore' } as const;

function policyOf(override: Partial<GpuPolicy> = {}): NvidiaPolicy {
  const strict = strictGpuPolicy(['GH100'], '550.90.07');
  const switches = { ...strict, ...bare };
  const {
    driver: _,
    driverRim: __,
    mode: ___,
    gpuCount: ____,
    switches: _____,
    protectedPcieTopology: ______,
    ...rest
  } = switches;
  return {
    allowSimulated: true,
    platformClass: 'ignore',
    gpu: {
      ...strict,
      ...bare,
      driverRim: 'ignore',
      switches: { ...rest, chip: { anyOf: ['LS_10'] }, firmwareId: 'ignore' },
      ...override,
    },
  };
}

const system = sampleProtectedPcieSystem();
const gpu = (seed: string): NvidiaEvidence => sampleNvidiaEvidence({ chip: 'GH100', seed });
const pdi = (chip: 'GH100' | 'LS_10', seed: string): Uint8Array => createSimulatedDevice({ chip, seed }).pdi;

function failedIn(evidence: readonly NvidiaEvidence[], policy = policyOf()): readonly DeviceListCheckId[] {
  const verdict = judgeNvidiaDevices(evidence, policy);
  expect(verdict.ok).toBe(false);
  return verdict.checks.filter(({ result }) => result === 'fail').map(({ id }) => id);
}

test('eight GPUs and four switches that name each other are one system', () => {
  const { ok, checks, devices } = judgeNvidiaDevices(system, policyOf({ gpuCount: { equals: 8 } }));
  expect(checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect({ ok, count: devices.length }).toEqual({ ok: true, count: 12 });
});

test('GPUs outside protected PCIe need no switches, and the verdict says so', () => {
  const { ok, checks } = judgeNvidiaDevices([gpu('a'), gpu('b')], policyOf());
  expect(ok).toBe(true);
  expect(checks.filter(({ result }) => result === 'ignored').map(({ id }) => id)).toEqual([
    'topology.size',
    'topology.mode',
    'topology.switches',
    'topology.gpus',
  ]);
});

test('one GPU presented twice is refused', () => {
  expect(failedIn([gpu('a'), gpu('a')])).toEqual(['devices.serials']);
});

test('a missing GPU is refused by count', () => {
  expect(failedIn([gpu('a')], policyOf({ gpuCount: { equals: 2 } }))).toEqual(['policy.gpuCount']);
  expect(failedIn([], policyOf())).toEqual(['policy.gpuCount']);
});

test('a system that lacks a switch, or a GPU, is refused', () => {
  expect(failedIn(system.slice(0, 11))).toEqual(['topology.size', 'topology.switches']);
  expect(failedIn(system.slice(1))).toEqual(['topology.size', 'topology.gpus']);
  expect(failedIn(system.slice(0, 8))).toEqual(['topology.size', 'topology.switches']);
});

test('a GPU of another machine in place of one is refused, whatever it claims of its switches', () => {
  const names = ['switch 0', 'switch 1', 'switch 2', 'switch 3'];
  const wiring = { switchPdis: names.map((seed) => pdi('LS_10', seed)), gpuPdis: [] };
  const stranger = sampleNvidiaEvidence({ chip: 'GH100', seed: 'elsewhere', wiring });
  expect(failedIn([stranger, ...system.slice(1)])).toEqual(['topology.gpus']);
});

test('a GPU outside protected PCIe among others within is refused', () => {
  expect(failedIn([gpu('GPU 0'), ...system.slice(1)])).toEqual(['topology.mode', 'topology.switches']);
});

test('a switch that names itself otherwise than its certificate is refused', () => {
  const wiring = {
    gpuPdis: Array.from({ length: 8 }, (_, at) => pdi('GH100', `GPU ${at}`)),
    switchPdis: [],
  };
  const liar = sampleNvidiaEvidence({ chip: 'LS_10', seed: 'switch 3', wiring }, (report) => ({
    ...report,
    opaque: report.opaque.map((field) =>
      field.type === 22 ? { ...field, value: new Uint8Array(8).fill(7) } : field,
    ),
  }));
  expect(failedIn([...system.slice(0, 11), liar])).toEqual(['topology.gpus']);
});

test('the policy may leave the topology out by name', () => {
  const { ok, checks } = judgeNvidiaDevices(
    system.slice(0, 8),
    policyOf({ protectedPcieTopology: 'ignore' }),
  );
  expect(ok).toBe(true);
  expect(checks).toContainEqual({ id: 'topology.gpus', result: 'ignored', actual: 'left out by the policy' });
});

test('the list fails with the reason of its first bad device', () => {
  const stale = { ...gpu('b'), nonce: { equals: new Uint8Array(32) } };
  const { ok, reason, devices } = judgeNvidiaDevices([gpu('a'), stale], policyOf());
  expect({ ok, reason, each: devices.map((one) => one.ok) }).toEqual({
    ok: false,
    reason: 'binding',
    each: [true, false],
  });
});

test('a device without a verified serial counts as a duplicate of nobody and still fails the list', () => {
  const unknown = { ...gpu('b'), trustAnchors: [] };
  expect(failedIn([gpu('a'), unknown])).toEqual(['devices.serials']);
});

test('a list longer than any machine is refused without being read', () => {
  const { ok, devices, reason } = judgeNvidiaDevices(
    Array.from({ length: 33 }, () => system[0] as NvidiaEvidence),
    {
      ...policyOf(),
      gpu: 'refuse',
    },
  );
  expect({ ok, count: devices.length, reason }).toEqual({ ok: false, count: 32, reason: 'policy' });
});
