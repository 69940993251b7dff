/** NVIDIA's signed reference manifests: bytes and pinned roots in, golden values out. */

export * from '../../judging.ts';
export type { OcspAnswer } from '../ocsp/verify-chain.ts';
export type { RimCheckId } from './check-ids.ts';
export { nvidiaCorimRootCa, simulatedCorimRootCa } from './corim-root.ts';
export { type ParsedRim, parseRim, type Rim, type RimMeasurement } from './parse.ts';
export {
  type CertificateFacts,
  type RimInput,
  type RimOcsp,
  type RimVerification,
  verifyRim,
} from './verify.ts';
