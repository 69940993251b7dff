export * from './eat/index.ts';
export { ccelEvent, sha384Only, writeCcel } from './event-log/ccel-writer.ts';
export { firmwareEntry, runtimeEntry, writeDstackLog } from './event-log/dstack-writer.ts';
export { extendRegisters } from './event-log/registers.ts';
export * from './nvidia/index.ts';
export * from './nvidia-rim/index.ts';
export * from './ocsp/index.ts';
export {
  type CollateralVariant,
  createSimulatedPlatform,
  type SimulatedAdjustments,
  type SimulatedEnclave,
  type SimulatedPlatform,
  type SimulatedPlatformOptions,
  type SimulatedTd,
  type TdQuoteForm,
} from './platform.ts';
export { type SampleFile, sampleFiles } from './sample-files.ts';
export * from './sev-snp/index.ts';
export { deriveSecretKey } from './signing-key.ts';
export { simulatedRootLabel } from './vendor.ts';
