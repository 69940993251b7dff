import { bytesToHex, type Hex } from '../bytes/hex.ts';
import { type Check, CheckLog, firstReason, given, type Outcome } from '../check-log.ts';
import { EvidenceError } from '../errors.ts';
import { type DeviceListVerdict, judgeNvidiaDevices } from '../nvidia/judge-devices.ts';
import { fail } from '../policy/compare.ts';
import { noRegistry, type PlatformRegistry } from '../policy/platform-class.ts';
import { hashEnclaveKeys } from '../receipt/digests.ts';
import {
  type BoundCheckId,
  type BoundDevice,
  type BoundEvidence,
  type BoundPolicy,
  type BoundVerdict,
  boundCheckReasons,
  type CpuGpuBinding,
} from './bound-evidence.ts';
import type { CpuPart } from './cpu-part.ts';
import { gpuEvidenceSha256 } from './gpu-evidence-hash.ts';
import { boundGpuNonce, hearthGpuNonce } from './gpu-nonce.ts';
import { boundReportData } from './report-data.ts';

/**
 * One attestation of a CPU enclave with its GPUs; total. The CPU part comes first: a genuine GPU proves nothing behind
 * a guest that nobody vouches for, and it is the measured guest that must have checked its GPUs. Even a green verdict
 * does not say that a GPU sits in this machine: its evidence can be relayed (see LIMITATIONS.md).
 */
export function judgeBound(
  evidence: BoundEvidence,
  policy: BoundPolicy,
  registry: PlatformRegistry = noRegistry,
): BoundVerdict {
  const { cpu, devices, binding } = evidence;
  const { evidenceHashWith, ...cpuPart } = cpu;
  const log = new CheckLog(boundCheckReasons);
  const trusted = given('bound.cpu', cpu.ok ? cpu : undefined);
  const gpuHash = log.run('bound.gpu-evidence', [], () => gpuEvidenceSha256(devices));
  checkTier(log, binding, devices.length);
  log.assert('bound.report-data', [trusted, gpuHash], ({ reportData }, hash) =>
    assertReportData(binding, reportData, hash),
  );
  const evidenceHash = trusted.value && gpuHash.value && hashOf(evidenceHashWith, devices, gpuHash.value);
  checkEvidenceHash(log, given('bound.cpu', evidenceHash), evidence.evidenceHash);
  const gpu = judgeDevices(evidence, policy, registry);
  const checks = [cpuCheck(cpu), ...log.checks, devicesCheck(evidence, policy, gpu)];
  const reason = firstReason(checks);
  const expiries = [cpu.earliestExpiryUnixSec, gpu?.earliestExpiryUnixSec].filter((one) => one !== undefined);
  return {
    ok: reason === undefined,
    checks,
    reason,
    simulated: cpu.simulated || (gpu?.simulated ?? false),
    cpu: cpuPart,
    gpu,
    gpuEvidenceSha256: gpuHash.value && bytesToHex(gpuHash.value),
    evidenceHash,
    earliestExpiryUnixSec: reason === undefined && expiries.length > 0 ? Math.min(...expiries) : undefined,
  };
}

/** Without devices the hash has 32 zero bytes in their place, as for a CPU alone. */
function hashOf(
  evidenceHashWith: CpuPart['evidenceHashWith'],
  devices: readonly BoundDevice[],
  gpuHash: Uint8Array,
): Hex | undefined {
  return evidenceHashWith(devices.length === 0 ? new Uint8Array(32) : gpuHash);
}

function assertReportData(binding: CpuGpuBinding, reportData: Hex | undefined, gpuHash: Uint8Array): void {
  const [expected, actual] =
    binding.scheme === 'hearth'
      ? [hashEnclaveKeys(binding.registryDomain, binding.enclaveKeys), reportData?.slice(0, 2 + 64)]
      : [boundReportData({ ...binding, gpuEvidenceSha256: gpuHash }), reportData];
  if (actual === expected) return;
  throw new EvidenceError('binding', 'report data', { expected, actual: actual ?? 'none' });
}

/** Tier 2 is the enclave's own statement that it has verified its GPUs; 0 is a development enclave, with or without. */
function checkTier(log: BoundLog, binding: CpuGpuBinding, count: number): void {
  if (binding.scheme !== 'hearth') return log.ignore('bound.tier', 'tiers are of the hearth scheme');
  log.assert('bound.tier', [], () => {
    const { tier } = binding.enclaveKeys;
    if (tier === 0 || (tier === 2) === count > 0) return;
    throw new EvidenceError('binding', 'tier', {
      expected: count > 0 ? '2, with GPU evidence' : 'less than 2, without GPU evidence',
      actual: `${tier}`,
    });
  });
}

type BoundLog = CheckLog<keyof typeof boundCheckReasons>;

function checkEvidenceHash(
  log: BoundLog,
  evidenceHash: Outcome<Hex>,
  expected: BoundEvidence['evidenceHash'],
): void {
  if (expected === 'ignore')
    return log.ignore('bound.evidence-hash', evidenceHash.value ?? 'not established');
  log.assert('bound.evidence-hash', [evidenceHash], (actual) => {
    if (actual === expected.equals) return;
    throw new EvidenceError('binding', 'evidence hash', { expected: expected.equals, actual });
  });
}

function judgeDevices(
  { cpu, devices, binding, atUnixSec, deviceTrustAnchors }: BoundEvidence,
  { gpu, ...origin }: BoundPolicy,
  registry: PlatformRegistry,
): DeviceListVerdict | undefined {
  if (!cpu.ok || gpu === 'ignore' || (gpu === 'refuse' && devices.length === 0)) return undefined;
  const list = devices.map((device, index) => ({
    ...device,
    nonce: { equals: nonceFor(binding, index) },
    atUnixSec,
    trustAnchors: deviceTrustAnchors,
  }));
  return judgeNvidiaDevices(list, { ...origin, gpu }, registry);
}

function nonceFor(binding: CpuGpuBinding, index: number): Uint8Array {
  return binding.scheme === 'hearth'
    ? hearthGpuNonce(binding.enclaveKeys.enclaveKey, binding.enclaveKeys.anchorBlockHash)
    : boundGpuNonce(binding.nonce, index);
}

function cpuCheck({ ok, reason = 'policy' }: CpuPart): Check<BoundCheckId> {
  return ok
    ? { id: 'bound.cpu', result: 'pass' }
    : fail('bound.cpu', reason, 'a CPU part that holds', reason);
}

function devicesCheck(
  { cpu, devices }: BoundEvidence,
  { gpu: policy }: BoundPolicy,
  verdict: DeviceListVerdict | undefined,
): Check<BoundCheckId> {
  const id = 'bound.devices';
  if (verdict?.reason !== undefined) return fail(id, verdict.reason, 'devices that hold', verdict.reason);
  if (verdict !== undefined) return { id, result: 'pass', actual: `${devices.length}` };
  if (!cpu.ok) return fail(id, 'binding', 'devices that hold', 'not evaluated: bound.cpu failed');
  const why = policy === 'ignore' ? 'left out by the policy' : 'none, as the policy demands';
  return { id, result: policy === 'ignore' ? 'ignored' : 'pass', actual: why };
}
