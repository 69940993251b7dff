import { bytesToHex } from '../../bytes/hex.ts';
import type { DcapCollateral } from '../../collateral/dcap-collateral.ts';
import { crlDer } from '../contents/crl.ts';
import { readSignedDocument } from '../contents/signed-document.ts';
import type { RequestOf } from '../request.ts';
import type { CollateralItem, CollateralSource } from '../source.ts';
import { readQuotedPlatform } from './quoted-platform.ts';
import { readEvidence } from './read-evidence.ts';

export type DcapOptions = {
  /** Which of Intel's concurrent data sets; its service chooses `standard` where nothing is said. */
  readonly edition?: RequestOf<'intel-tcb-info'>['edition'];
};

/**
 * Everything that `verify…` needs beside an SGX or TDX quote, by the FMSPC and the CA of the quote's own PCK
 * certificate. The quote is not verified here: at worst, a forged one makes us ask for something useless.
 * Throws CollateralFetchError.
 */
export async function collectDcapCollateral(
  source: CollateralSource,
  quote: Uint8Array,
  { edition }: DcapOptions = {},
): Promise<DcapCollateral> {
  const { tee, fmspc, ca } = readEvidence('quote', () => readQuotedPlatform(quote));
  const tcbInfoRequest = { kind: 'intel-tcb-info', tee, fmspc, edition } as const;
  const qeIdentityRequest = { kind: 'intel-qe-identity', tee, edition } as const;
  const [tcbInfo, qeIdentity, pckCrl, rootCrl] = await Promise.all([
    source.fetch(tcbInfoRequest),
    source.fetch(qeIdentityRequest),
    source.fetch({ kind: 'intel-pck-crl', ca }),
    source.fetch({ kind: 'intel-root-crl' }),
  ]);
  const tcb = readSignedDocument(tcbInfoRequest, tcbInfo.bytes);
  const qe = readSignedDocument(qeIdentityRequest, qeIdentity.bytes);
  return {
    root_ca_crl: hexCrl(rootCrl),
    pck_crl: hexCrl(pckCrl),
    pck_crl_issuer_chain: pckCrl.issuerChainPem,
    tcb_info_issuer_chain: tcbInfo.issuerChainPem ?? '',
    tcb_info: tcb.text,
    tcb_info_signature: tcb.signatureHex,
    qe_identity_issuer_chain: qeIdentity.issuerChainPem ?? '',
    qe_identity: qe.text,
    qe_identity_signature: qe.signatureHex,
  };
}

/** Bare hex, as DCAP tools exchange it. */
function hexCrl({ bytes }: CollateralItem): string {
  return bytesToHex(crlDer(bytes)).slice(2);
}
