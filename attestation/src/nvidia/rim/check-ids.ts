import type { EvidenceReason } from '../../errors.ts';

/** Every check of a reference manifest, in the order made, with the reason that its failure gives. */
export const rimCheckReasons = {
  'rim.format': 'format',
  'rim.chain-format': 'chain',
  'rim.root': 'chain',
  'rim.names': 'chain',
  'rim.constraints': 'chain',
  'rim.chain-signatures': 'chain',
  'rim.digest': 'signature',
  'rim.signature': 'signature',
  'rim.validity': 'expired',
  'rim.ocsp': 'collateral',
  'rim.ocsp-freshness': 'expired',
  'rim.revocation': 'revoked',
} as const satisfies Record<string, EvidenceReason>;

export type RimCheckId = keyof typeof rimCheckReasons;
