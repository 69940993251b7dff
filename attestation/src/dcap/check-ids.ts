import type { EvidenceReason } from '../errors.ts';

/** Every cryptographic check of a TDX verdict, in the order made, with the reason that its failure gives. */
export const tdxCheckReasons = {
  'quote.format': 'format',
  'collateral.format': 'collateral',
  'pck.format': 'chain',
  'pck.root': 'chain',
  'pck.names': 'chain',
  'pck.constraints': 'chain',
  'pck.signatures': 'chain',
  'pck.validity': 'expired',
  'pck.extension': 'chain',
  'root-crl.format': 'collateral',
  'root-crl.signature': 'collateral',
  'root-crl.validity': 'expired',
  'pck-crl.format': 'collateral',
  'pck-crl.signature': 'collateral',
  'pck-crl.validity': 'expired',
  'pck-crl.issuer-chain': 'collateral',
  'pck.revocation': 'revoked',
  'tcb-info.signer': 'collateral',
  'tcb-info.signer-validity': 'expired',
  'tcb-info.signer-revocation': 'revoked',
  'tcb-info.signature': 'collateral',
  'tcb-info.format': 'collateral',
  'tcb-info.validity': 'expired',
  'tcb-info.platform': 'collateral',
  'qe-identity.signer': 'collateral',
  'qe-identity.signer-validity': 'expired',
  'qe-identity.signer-revocation': 'revoked',
  'qe-identity.signature': 'collateral',
  'qe-identity.format': 'collateral',
  'qe-identity.validity': 'expired',
  'qe-report.signature': 'signature',
  'qe-report.binding': 'binding',
  'quote.signature': 'signature',
  'qe-report.identity': 'collateral',
  'tdx-module.identity': 'collateral',
  'tcb.platform': 'tcb',
  'tcb.module': 'tcb',
  'tcb.qe': 'tcb',
  'tcb.not-revoked': 'tcb',
} as const satisfies Record<string, EvidenceReason>;

export type DcapCheckId = keyof typeof tdxCheckReasons;
export type TdxCheckId = DcapCheckId;

/** Checks of the TDX module, which SGX evidence does not have. */
export type TdxModuleCheckId = 'tdx-module.identity' | 'tcb.module';
export type SgxCheckId = Exclude<DcapCheckId, TdxModuleCheckId>;

const { 'tdx-module.identity': _identity, 'tcb.module': _level, ...shared } = tdxCheckReasons;

/** Every cryptographic check of an SGX verdict. */
export const sgxCheckReasons: Readonly<Record<SgxCheckId, EvidenceReason>> = shared;
