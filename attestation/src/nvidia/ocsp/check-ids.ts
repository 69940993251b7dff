import type { EvidenceReason } from '../../errors.ts';

/** Every check of an OCSP response, in the order made, with the reason that its failure gives. */
export const ocspCheckReasons = {
  'ocsp.format': 'collateral',
  'ocsp.responder': 'collateral',
  'ocsp.responder-validity': 'expired',
  'ocsp.signature': 'collateral',
  'ocsp.certificate': 'collateral',
  'ocsp.freshness': 'expired',
  'ocsp.nonce': 'binding',
  'ocsp.known': 'collateral',
  'ocsp.status': 'revoked',
} as const satisfies Record<string, EvidenceReason>;

export type OcspCheckId = keyof typeof ocspCheckReasons;
