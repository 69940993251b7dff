/** Answers about certificates (RFC 6960), for whoever has the certificate and its verified issuer at hand. */

export * from '../../judging.ts';
export { certificateIdOf } from './certificate-id.ts';
export type { OcspCheckId } from './check-ids.ts';
export { type OcspResponse, parseOcspResponse, type ResponderId } from './parse.ts';
export type { CertificateId, OcspStatus, SingleResponse } from './single-response.ts';
export { type OcspInput, type OcspVerification, verifyOcspResponse } from './verify.ts';
export {
  type CertificateStatus,
  type ChainStatusInput,
  type OcspAnswer,
  verifyChainStatus,
} from './verify-chain.ts';
