export {
  type CollateralVariant,
  createSimulatedPlatform,
  type SimulatedAdjustments,
  type SimulatedPlatform,
  type SimulatedPlatformOptions,
  type SimulatedTd,
} from './platform.ts';
export { deriveSecretKey } from './signing-key.ts';
export { simulatedRootLabel } from './vendor.ts';
