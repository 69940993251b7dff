import type { EnclaveKeys } from '@hearth/contracts/typed-data';
import { expect, test } from '@jest/globals';
import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { strictEvidencePolicy } from '../policy/evidence-policy.ts';
import { type GpuPolicy, strictGpuPolicy } from '../policy/gpu-policy.ts';
import { strictTdxPolicy } from '../policy/tdx-policy.ts';
import { hashEnclaveKeys } from '../receipt/digests.ts';
import { createSimulatedDevice } from '../simulated/nvidia/device.ts';
import { sampleNvidiaEvidence } from '../simulated/nvidia/sample-evidence.ts';
import { sampleAtUnixSec, sampleEvidence } from '../simulated/sample-evidence.ts';
import { judgeTdxEvidence } from '../tdx/appraise.ts';
import type {
  BoundCheckId,
  BoundDevice,
  BoundEvidence,
  BoundPolicy,
  CpuGpuBinding,
} from './bound-evidence.ts';
import { type CpuPart, tdxCpuPart } from './cpu-part.ts';
import { gpuEvidenceSha256 } from './gpu-evidence-hash.ts';
import { boundGpuNonce, hearthGpuNonce } from './gpu-nonce.ts';
import { judgeBound } from './judge-bound.ts';
import { boundReportData } from './report-data.ts';

const nonce: Hex = `0x${'0a'.repeat(32)}`;
const statement = { nonce, keys: ['0x04aa', '0x04bb'], provider: '0x01' } as const;
const bound: CpuGpuBinding = { scheme: 'bound/1', ...statement };

const enclaveKeys: EnclaveKeys = {
  provider: `0x${'11'.repeat(20)}`,
  nodeKey: `0x${'12'.repeat(32)}`,
  enclaveKey: `0x${'13'.repeat(20)}`,
  firstHpkeKeyId: `0x${'14'.repeat(32)}`,
  teeType: 2,
  tier: 2,
  configHash: `0x${'15'.repeat(32)}`,
  anchorBlockNumber: 7n,
  anchorBlockHash: `0x${'16'.repeat(32)}`,
};
const registryDomain = {
  name: 'Hearth Registry',
  version: '1',
  chainId: 31337,
  verifyingContract: `0x${'17'.repeat(20)}`,
} as const;
const hearth: CpuGpuBinding = { scheme: 'hearth', enclaveKeys, registryDomain };

const gpuPolicy: GpuPolicy = {
  ...strictGpuPolicy(['GH100'], '550.90.07'),
  driverRim: 'ignore',
  vbiosRim: 'ignore',
  rimRevocation: 'ignore',
  revocation: 'ignore',
};
const policy: BoundPolicy = { allowSimulated: true, platformClass: 'ignore', gpu: gpuPolicy };

function device(seed: string, gpuNonce: Uint8Array): BoundDevice {
  const { chainPem, evidence } = createSimulatedDevice({ chip: 'GH100', seed });
  return {
    kind: 'gpu',
    evidence: evidence(gpuNonce),
    chain: chainPem,
    revocation: { ocsp: [], crls: [] },
    rims: { trustAnchors: [] },
  };
}

/** A TD with this report data, judged for its cryptography only. */
function cpuPart(reportData: Hex): CpuPart {
  const evidence = sampleEvidence({}, { reportData });
  const tdx = { ...strictTdxPolicy([]), measurementHash: 'ignore' } as const;
  const cpuPolicy = { ...strictEvidencePolicy({ tdx }), allowSimulated: true };
  const verdict = judgeTdxEvidence(evidence, cpuPolicy, { keys: 'ignore', nonce: 'ignore' });
  return tdxCpuPart(verdict, evidence.quote);
}

const gpus = [device('a', boundGpuNonce(nonce, 0)), device('b', boundGpuNonce(nonce, 1))];
const boundCpu = cpuPart(boundReportData({ ...statement, gpuEvidenceSha256: gpuEvidenceSha256(gpus) }));
const sample: BoundEvidence = {
  cpu: boundCpu,
  devices: gpus,
  binding: bound,
  evidenceHash: 'ignore',
  atUnixSec: sampleAtUnixSec,
  deviceTrustAnchors: sampleNvidiaEvidence().trustAnchors,
};

const tier2Gpu = device('a', hearthGpuNonce(enclaveKeys.enclaveKey, enclaveKeys.anchorBlockHash));
const hearthReportData: Hex = `0x${hashEnclaveKeys(registryDomain, enclaveKeys).slice(2)}${'00'.repeat(32)}`;
const hearthSample: BoundEvidence = {
  ...sample,
  cpu: cpuPart(hearthReportData),
  devices: [tier2Gpu],
  binding: hearth,
};

function failures(evidence: BoundEvidence, by = policy): readonly BoundCheckId[] {
  const verdict = judgeBound(evidence, by);
  expect(verdict.ok).toBe(false);
  return verdict.checks.filter(({ result }) => result === 'fail').map(({ id }) => id);
}

test('a CPU report over nonce, keys, provider and GPUs is one attestation with those GPUs', () => {
  const verdict = judgeBound(sample, policy);
  expect(verdict.checks.filter(({ result }) => result === 'fail')).toEqual([]);
  expect(verdict).toMatchObject({
    ok: true,
    simulated: true,
    gpuEvidenceSha256: bytesToHex(gpuEvidenceSha256(gpus)),
  });
  expect(verdict.gpu?.devices.map(({ ok }) => ok)).toEqual([true, true]);
  expect(verdict.earliestExpiryUnixSec).toBe(boundCpu.earliestExpiryUnixSec);
});

test('a tier 2 enclave and the GPU that signed its key and anchor block are one attestation', () => {
  const { ok, evidenceHash } = judgeBound(hearthSample, policy);
  const expected = hearthSample.cpu.evidenceHashWith(gpuEvidenceSha256([tier2Gpu]));
  expect({ ok, evidenceHash }).toEqual({ ok: true, evidenceHash: expected });
  expect(judgeBound({ ...hearthSample, evidenceHash: { equals: expected ?? '0x' } }, policy).ok).toBe(true);
});

test('without GPUs the evidence hash is that of the CPU evidence alone', () => {
  const tier1 = { ...enclaveKeys, tier: 1 };
  const reportData: Hex = `0x${hashEnclaveKeys(registryDomain, tier1).slice(2)}${'00'.repeat(32)}`;
  const evidence = {
    ...sample,
    cpu: cpuPart(reportData),
    devices: [],
    binding: { ...hearth, enclaveKeys: tier1 },
  };
  const verdict = judgeBound(evidence as BoundEvidence, { ...policy, gpu: 'refuse' });
  expect(verdict).toMatchObject({ ok: true, gpu: undefined });
  expect(verdict.evidenceHash).toBe(evidence.cpu.evidenceHashWith(new Uint8Array(32)));
});

test('a missing GPU, an added one and a replaced one break the report data', () => {
  const other = device('c', boundGpuNonce(nonce, 1));
  expect(failures({ ...sample, devices: gpus.slice(0, 1) })).toEqual(['bound.report-data']);
  expect(failures({ ...sample, devices: [...gpus, device('c', boundGpuNonce(nonce, 2))] })).toEqual([
    'bound.report-data',
  ]);
  expect(failures({ ...sample, devices: [...gpus.slice(0, 1), other] })).toEqual(['bound.report-data']);
});

test('GPUs in another order answered another nonce', () => {
  expect(failures({ ...sample, devices: gpus.toReversed() })).toEqual(['bound.report-data', 'bound.devices']);
});

test('one GPU under two nonces is one GPU', () => {
  const twice = [device('a', boundGpuNonce(nonce, 0)), device('a', boundGpuNonce(nonce, 1))];
  const cpu = cpuPart(boundReportData({ ...statement, gpuEvidenceSha256: gpuEvidenceSha256(twice) }));
  const verdict = judgeBound({ ...sample, cpu, devices: twice }, policy);
  expect(verdict).toMatchObject({ ok: false, reason: 'binding' });
  expect(verdict.gpu?.checks.find(({ result }) => result === 'fail')?.id).toBe('devices.serials');
});

test.each<[string, CpuGpuBinding]>([
  ['nonce', { ...bound, nonce: `0x${'0b'.repeat(32)}` }],
  ['key', { ...bound, keys: ['0x04aa', '0x04cc'] }],
  ['order of keys', { ...bound, keys: ['0x04bb', '0x04aa'] }],
  ['split of keys', { ...bound, keys: ['0x04', '0xaa04bb'] }],
  ['provider', { ...bound, provider: '0x02' }],
])('another %s breaks the report data', (_what, binding) => {
  expect(failures({ ...sample, binding })).toContain('bound.report-data');
});

test('a GPU that answered another enclave, or another block, is refused', () => {
  const stale = device('a', hearthGpuNonce(enclaveKeys.enclaveKey, `0x${'99'.repeat(32)}`));
  const foreign = device('a', hearthGpuNonce(`0x${'99'.repeat(20)}`, enclaveKeys.anchorBlockHash));
  expect(failures({ ...hearthSample, devices: [stale] })).toEqual(['bound.devices']);
  expect(failures({ ...hearthSample, devices: [foreign] })).toEqual(['bound.devices']);
});

test('a receipt that cites other evidence is refused', () => {
  const withoutGpu = hearthSample.cpu.evidenceHashWith(new Uint8Array(32)) ?? '0x';
  expect(failures({ ...hearthSample, evidenceHash: { equals: withoutGpu } })).toEqual([
    'bound.evidence-hash',
  ]);
});

test('tier and GPUs must go together', () => {
  const tier1: CpuGpuBinding = { ...hearth, enclaveKeys: { ...enclaveKeys, tier: 1 } };
  expect(failures({ ...hearthSample, binding: tier1 })).toContain('bound.tier');
  expect(failures({ ...hearthSample, devices: [] }, { ...policy, gpu: 'refuse' })).toEqual(['bound.tier']);
});

test('keys that the report does not name are refused', () => {
  const others: CpuGpuBinding = {
    ...hearth,
    enclaveKeys: { ...enclaveKeys, provider: `0x${'99'.repeat(20)}` },
  };
  expect(failures({ ...hearthSample, binding: others })).toEqual(['bound.report-data']);
});

test('behind a CPU part that failed, no GPU is looked at', () => {
  const cpu: CpuPart = { ...boundCpu, ok: false, reason: 'tcb' };
  const verdict = judgeBound({ ...sample, cpu }, policy);
  expect(verdict).toMatchObject({ ok: false, reason: 'tcb', gpu: undefined, evidenceHash: undefined });
  expect(failures({ ...sample, cpu, evidenceHash: { equals: '0x' } })).toEqual([
    'bound.cpu',
    'bound.report-data',
    'bound.evidence-hash',
    'bound.devices',
  ]);
});

test('a policy may refuse GPU evidence, or leave it unread by name', () => {
  expect(failures(sample, { ...policy, gpu: 'refuse' })).toEqual(['bound.devices']);
  const { ok, checks, gpu } = judgeBound(sample, { ...policy, gpu: 'ignore' });
  expect({ ok, gpu }).toEqual({ ok: true, gpu: undefined });
  expect(checks).toContainEqual({ id: 'bound.devices', result: 'ignored', actual: 'left out by the policy' });
});

test('a device chain that is no PEM is refused, not thrown', () => {
  const [first, second] = gpus;
  if (first === undefined || second === undefined) throw new Error('the sample has two GPUs');
  const broken = { ...second, chain: new Uint8Array([1, 2, 3]) };
  expect(failures({ ...sample, devices: [first, broken] })).toEqual([
    'bound.gpu-evidence',
    'bound.report-data',
    'bound.devices',
  ]);
});
