import type { EvidenceReason } from '../../errors.ts';

/** Every check of an attestation token, in the order made, with the reason that its failure gives. */
export const eatCheckReasons = {
  'eat.format': 'format',
  'eat.algorithm': 'signature',
  'eat.key': 'signature',
  'eat.signature': 'signature',
  'eat.issuer': 'chain',
  'eat.validity': 'expired',
  'eat.nonce': 'binding',
  'eat.submodules': 'binding',
  'eat.result': 'policy',
  'eat.measurements': 'policy',
  'eat.device-checks': 'policy',
  'eat.secure-boot': 'policy',
  'eat.debug': 'debug',
} as const satisfies Record<string, EvidenceReason>;

export type EatCheckId = keyof typeof eatCheckReasons;
