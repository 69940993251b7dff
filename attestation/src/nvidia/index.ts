/** NVIDIA GPUs and switches: evidence in, verdict out. RIM, OCSP and EAT have entries of their own. */

export * from '../judging.ts';
export { type GpuPolicy, gpuPolicySchema, strictGpuPolicy } from '../policy/gpu-policy.ts';
export {
  appraiseNvidia,
  judgeNvidiaEvidence,
  type NvidiaPolicy,
  type NvidiaPolicyCheckId,
  type NvidiaVerdict,
} from './appraise.ts';
export type { NvidiaCheckId } from './check-ids.ts';
export type { RimComparison } from './compare-rim.ts';
export { type DeviceFacts, type DeviceKind, type DeviceMode, readDeviceFacts } from './device-facts.ts';
export { gpuIdentity } from './identity.ts';
export {
  appraiseDeviceList,
  type DeviceListCheckId,
  type DeviceListVerdict,
  judgeNvidiaDevices,
} from './judge-devices.ts';
export { type NvidiaReport, parseNvidiaReport } from './parse.ts';
export { nvidiaCorimRootCa } from './rim/corim-root.ts';
export { type RimIds, rimIdsFor } from './rim-ids.ts';
export { nvidiaDeviceIdentityCa, simulatedDeviceRootCa } from './roots.ts';
export { type NvidiaEvidence, type NvidiaVerification, verifyNvidiaEvidence } from './verify.ts';
export type { RevocationCoverage, RevocationInput } from './verify-revocation.ts';
export type { RimsInput } from './verify-rims.ts';
