/** Development GPUs and switches. */

export { type CoverageAdjustments, coveredNvidiaEvidence, crlAbout } from './covered-evidence.ts';
export {
  createSimulatedDevice,
  type SimulatedDevice,
  type SimulatedDeviceOptions,
  type SimulatedWiring,
} from './device.ts';
export type { SimulatedChip } from './device-vendor.ts';
export { nvidiaSampleAtUnixSec, sampleNvidiaEvidence, sampleProtectedPcieSystem } from './sample-evidence.ts';
