import type { DcapCollateral } from '@hearth/attestation';
import type { Answer, Reply } from './vendor-server.ts';

/** PCS API v4 over one set of collateral, as the service sends it: chains percent-encoded in headers, CRLs in DER. */
export function intelService(tee: 'sgx' | 'tdx', collateral: DcapCollateral): Answer {
  const signed = (name: string, text: string, signature: string): string =>
    `{"${name}":${text},"signature":"${signature}"}`;
  const replies: Readonly<Record<string, Reply>> = {
    [`/${tee}/certification/v4/tcb`]: {
      headers: json({ 'TCB-Info-Issuer-Chain': collateral.tcb_info_issuer_chain }),
      body: signed('tcbInfo', collateral.tcb_info, collateral.tcb_info_signature),
    },
    [`/${tee}/certification/v4/qe/identity`]: {
      headers: json({ 'SGX-Enclave-Identity-Issuer-Chain': collateral.qe_identity_issuer_chain }),
      body: signed('enclaveIdentity', collateral.qe_identity, collateral.qe_identity_signature),
    },
    '/sgx/certification/v4/pckcrl': {
      headers: {
        'Content-Type': 'application/pkix-crl',
        'SGX-PCK-CRL-Issuer-Chain': encodeURIComponent(collateral.pck_crl_issuer_chain ?? ''),
      },
      body: Buffer.from(collateral.pck_crl, 'hex'),
    },
    '/IntelSGXRootCA.der': {
      headers: { 'Content-Type': 'application/pkix-crl' },
      body: Buffer.from(collateral.root_ca_crl, 'hex'),
    },
  };
  return ({ path }) => replies[path.split('?')[0] ?? ''];
}

/** Changes the answer of one path (without query). */
export function changed(answer: Answer, path: string, change: (reply: Reply) => Reply): Answer {
  return (request) => {
    const reply = answer(request);
    if (request.path.split('?')[0] !== path || reply === undefined || typeof reply === 'function')
      return reply;
    return change(reply);
  };
}

function json(chains: Readonly<Record<string, string>>): Record<string, string> {
  const encoded = Object.entries(chains).map(([name, pem]) => [name, encodeURIComponent(pem)]);
  return { 'Content-Type': 'application/json', ...Object.fromEntries(encoded) };
}
