import type { EvidenceReason } from '../errors.ts';

/** Every cryptographic check of an SNP verdict, in the order made, with the reason that its failure gives. */
export const snpCheckReasons = {
  'report.format': 'format',
  'report.guest-policy': 'format',
  'certificates.format': 'chain',
  'chain.root': 'chain',
  'chain.names': 'chain',
  'chain.constraints': 'chain',
  'chain.signatures': 'chain',
  'chain.validity': 'expired',
  'leaf.extensions': 'chain',
  'chain.product': 'chain',
  'chain.signing-key': 'chain',
  'crl.format': 'collateral',
  'crl.signature': 'collateral',
  'crl.validity': 'expired',
  'chain.revocation': 'revoked',
  'report.signature': 'signature',
  'report.tcb-format': 'tcb',
  'leaf.tcb': 'tcb',
  'leaf.chip-id': 'binding',
  'azure.format': 'format',
  'azure.report': 'binding',
  'azure.runtime-data': 'binding',
  'azure.claims': 'format',
  'vtpm.format': 'format',
  'vtpm.key': 'format',
  'vtpm.signature': 'signature',
  'vtpm.pcr-digest': 'binding',
} as const satisfies Record<string, EvidenceReason>;

export type SnpCheckId = keyof typeof snpCheckReasons;
