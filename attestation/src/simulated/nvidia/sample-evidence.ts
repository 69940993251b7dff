import type { NvidiaEvidence } from '../../nvidia/verify.ts';
import { createSimulatedDevice, type SimulatedDeviceOptions } from './device.ts';
import type { ReportSpec } from './report-writer.ts';

/** The moment at which samples are valid. */
export const nvidiaSampleAtUnixSec = Date.UTC(2026, 10, 21) / 1000;

export const sampleNonce = new Uint8Array(32).fill(0x42);

/** Valid evidence of one device under the simulated root, without manifests and revocation answers. */
export function sampleNvidiaEvidence(
  options: Partial<SimulatedDeviceOptions> = {},
  adjustReport: (report: ReportSpec) => ReportSpec = (report) => report,
): NvidiaEvidence {
  const device = createSimulatedDevice({ chip: 'GH100', seed: 'sample', ...options });
  return {
    kind: device.chip === 'LS_10' ? 'switch' : 'gpu',
    evidence: device.evidence(sampleNonce, adjustReport),
    chain: device.chainPem,
    nonce: { equals: sampleNonce },
    atUnixSec: nvidiaSampleAtUnixSec,
    trustAnchors: [device.trustAnchor],
    revocation: { ocsp: [], crls: [] },
    rims: { trustAnchors: [] },
  };
}

/** Eight GPUs behind four switches, each naming the others. */
export function sampleProtectedPcieSystem(): readonly NvidiaEvidence[] {
  const seeds = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, at) => `${name} ${at}`);
  const pdis = (chip: 'GH100' | 'LS_10', names: readonly string[]): Uint8Array[] =>
    names.map((seed) => createSimulatedDevice({ chip, seed }).pdi);
  const gpus = seeds('GPU', 8);
  const switches = seeds('switch', 4);
  const wiring = { gpuPdis: pdis('GH100', gpus), switchPdis: pdis('LS_10', switches) };
  return [
    ...gpus.map((seed) => sampleNvidiaEvidence({ chip: 'GH100', seed, wiring })),
    ...switches.map((seed) => sampleNvidiaEvidence({ chip: 'LS_10', seed, wiring })),
  ];
}
