/** A CPU enclave and its GPUs as one attestation. */

export type {
  BoundCheckId,
  BoundDevice,
  BoundEvidence,
  BoundPolicy,
  BoundVerdict,
  CpuGpuBinding,
} from './bound-evidence.ts';
export { type CpuPart, snpCpuPart, tdxCpuPart } from './cpu-part.ts';
export { deviceSha256, gpuEvidenceSha256, type HashedDevice } from './gpu-evidence-hash.ts';
export { boundGpuNonce, hearthGpuNonce } from './gpu-nonce.ts';
export { judgeBound } from './judge-bound.ts';
export { type BoundStatement, boundReportData } from './report-data.ts';
