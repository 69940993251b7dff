import type { SimulatedDeviceOptions } from '../../simulated/nvidia/device.ts';
import { rememberedKey } from '../../simulated/nvidia/remembered-key.ts';
import type { OpaqueSpec, ReportSpec } from '../../simulated/nvidia/report-writer.ts';
import { nvidiaSampleAtUnixSec, sampleNvidiaEvidence } from '../../simulated/nvidia/sample-evidence.ts';
import type { NvidiaCheckId } from '../check-ids.ts';
import { simulatedDeviceRootCa } from '../roots.ts';
import type { NvidiaEvidence } from '../verify.ts';

/** One defect, and the check that must see it first. */
export type DeviceFault = readonly [id: NvidiaCheckId, fault: string, evidence: () => NvidiaEvidence];

export const strangerKey = rememberedKey('a stranger');
export const pastUnixSec = nvidiaSampleAtUnixSec - 1;
export const futureUnixSec = nvidiaSampleAtUnixSec + 1;

/** Byte offsets in a report, from NVIDIA's layout rather than from the parser under test. */
export const at = { requestNonce: 4, responseNonceOfGpu: 37 + 8 + 64 * 55, blockCount: 41, firstBlock: 45 };

export function mapEvidence(change: (evidence: Uint8Array) => Uint8Array): NvidiaEvidence {
  const sample = sampleNvidiaEvidence();
  return { ...sample, evidence: change(sample.evidence) };
}

export function flipEvidence(offset: number, bits: number): NvidiaEvidence {
  return mapEvidence((bytes) => flip(bytes, offset, bits));
}

/** A negative offset counts from the end. */
export function flip(bytes: Uint8Array, offset: number, bits: number): Uint8Array {
  const target = offset < 0 ? bytes.length + offset : offset;
  return bytes.map((byte, index) => (index === target ? byte ^ bits : byte));
}

/** Signed by the genuine leaf: a fault of the device's own making. */
export function reported(change: (report: ReportSpec) => ReportSpec): NvidiaEvidence {
  return sampleNvidiaEvidence({}, change);
}

export function withOpaque(
  type: number,
  value: ArrayLike<number> | undefined,
  options: Partial<SimulatedDeviceOptions> = {},
): NvidiaEvidence {
  return sampleNvidiaEvidence(options, (report) => ({
    ...report,
    opaque: replaced(report.opaque, type, value),
  }));
}

/** Trusts the root as adjusted, so that the fault under test is the only one. */
export function certified(adjust: NonNullable<SimulatedDeviceOptions['adjust']>): NvidiaEvidence {
  return sampleNvidiaEvidence({ adjust });
}

export function forged(): NvidiaEvidence {
  const evidence = sampleNvidiaEvidence({ rootLabel: 'a forger' });
  return { ...evidence, trustAnchors: [simulatedDeviceRootCa] };
}

function replaced(
  opaque: readonly OpaqueSpec[],
  type: number,
  value: ArrayLike<number> | undefined,
): readonly OpaqueSpec[] {
  const others = opaque.filter((field) => field.type !== type);
  return value === undefined ? others : [...others, { type, value: Uint8Array.from(value) }];
}
