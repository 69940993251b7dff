import type { DcapCollateral } from '../collateral/dcap-collateral.ts';
import { encodePemChain } from '../x509/pem.ts';
import { type CrlSpec, writeCrl } from './crl-writer.ts';
import type { SigningKey } from './signing-key.ts';
import type {
  QeIdentityDocument,
  SgxTcbInfoDocument,
  SimulatedTcb,
  TcbInfoDocument,
  Validity,
} from './tcb-document.ts';
import { qeIdentityDocument, sgxTcbInfoDocument, tcbInfoDocument } from './tcb-document.ts';
import { type Adjust, applied, commonNames, type SimulatedVendor } from './vendor.ts';

/** Changes that a fault test makes before a piece of collateral is signed. */
export type CollateralAdjustments = {
  readonly rootCrl?: Adjust<CrlSpec>;
  readonly pckCrl?: Adjust<CrlSpec>;
  readonly tcbInfo?: Adjust<TcbInfoDocument>;
  readonly sgxTcbInfo?: Adjust<SgxTcbInfoDocument>;
  readonly qeIdentity?: Adjust<QeIdentityDocument>;
  readonly tcbInfoKey?: SigningKey;
};

export type CollateralSpec = {
  readonly id: 'SGX' | 'TDX';
  readonly vendor: SimulatedVendor;
  readonly fmspc: Uint8Array;
  readonly pceId: Uint8Array;
  readonly qe: { readonly mrSigner: Uint8Array; readonly isvProdId: number };
  readonly tcb: SimulatedTcb;
  readonly validity: Validity;
  readonly revokedPckSerials: readonly Uint8Array[];
  readonly adjust: CollateralAdjustments;
};

export function writeCollateral(spec: CollateralSpec): DcapCollateral {
  const { id, vendor, fmspc, pceId, qe, validity, adjust } = spec;
  const updates = { thisUpdateUnixSec: validity.fromUnixSec, nextUpdateUnixSec: validity.untilUnixSec };
  const rootCrl = {
    issuerCommonName: commonNames.root,
    issuerKey: vendor.rootKey,
    revokedSerials: [],
    ...updates,
  };
  const pckCrl = {
    issuerCommonName: commonNames.platformCa,
    issuerKey: vendor.platformCaKey,
    revokedSerials: spec.revokedPckSerials,
    ...updates,
  };
  const tcbInfo = JSON.stringify(
    id === 'TDX'
      ? applied(adjust.tcbInfo, tcbInfoDocument(fmspc, pceId, validity, spec.tcb))
      : applied(adjust.sgxTcbInfo, sgxTcbInfoDocument(fmspc, pceId, validity, spec.tcb)),
  );
  const qeIdentity = JSON.stringify(
    applied(adjust.qeIdentity, qeIdentityDocument(id, qe.mrSigner, qe.isvProdId, validity)),
  );
  const signerChain = encodePemChain([vendor.tcbSignerDer, vendor.rootDer]);
  return {
    pck_crl_issuer_chain: encodePemChain([vendor.platformCaDer, vendor.rootDer]),
    root_ca_crl: hex(writeCrl(applied(adjust.rootCrl, rootCrl))),
    pck_crl: hex(writeCrl(applied(adjust.pckCrl, pckCrl))),
    tcb_info_issuer_chain: signerChain,
    tcb_info: tcbInfo,
    tcb_info_signature: hex((adjust.tcbInfoKey ?? vendor.tcbSignerKey).sign(Buffer.from(tcbInfo))),
    qe_identity_issuer_chain: signerChain,
    qe_identity: qeIdentity,
    qe_identity_signature: hex(vendor.tcbSignerKey.sign(Buffer.from(qeIdentity))),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
