import { X509Certificate } from 'node:crypto';
import { bytesToHex, type Hex, hexToBytes, slice } from 'viem';
import { crlUpdates } from './crl-updates.ts';
import { hashPublicKey, publicKeyOf } from './pck-certificate.ts';

/** The collateral of one quote as DCAP tools write it: texts as signed, CRLs hex DER, signatures hex r ‖ s, chains PEM. */
export interface CollateralDocuments {
  readonly root_ca_crl: string;
  readonly pck_crl: string;
  readonly tcb_info_issuer_chain: string;
  readonly tcb_info: string;
  readonly tcb_info_signature: string;
  readonly qe_identity_issuer_chain: string;
  readonly qe_identity: string;
  readonly qe_identity_signature: string;
}

export interface AuthorityCertificate {
  readonly der: Hex;
  readonly keyHash: Hex;
  readonly notAfterUnixSec: number;
}

export interface RevocationDocument {
  readonly der: Hex;
  readonly thisUpdateUnixSec: number;
}

export interface SignedDocument {
  /** The signed text, as bytes. */
  readonly text: Hex;
  readonly signature: readonly [Hex, Hex];
  readonly signer: AuthorityCertificate;
  readonly evaluationNumber: number;
  readonly issueDateUnixSec: number;
}

export function readAuthority(certificate: X509Certificate): AuthorityCertificate {
  return {
    der: bytesToHex(certificate.raw),
    keyHash: hashPublicKey(publicKeyOf(certificate)),
    notAfterUnixSec: Date.parse(certificate.validTo) / 1000,
  };
}

export function readRevocations(hexDer: string): RevocationDocument {
  const der: Hex = `0x${hexDer}`;
  return { der, thisUpdateUnixSec: crlUpdates(hexToBytes(der)).thisUpdateUnixSec };
}

/** Takes from the text what says which of two documents is newer; the contract parses all of it. */
export function readSigned(text: string, signatureHex: string, issuerChain: string): SignedDocument {
  const signature: Hex = `0x${signatureHex}`;
  const { tcbEvaluationDataNumber, issueDate } = JSON.parse(text) as Record<string, unknown>;
  return {
    text: bytesToHex(new TextEncoder().encode(text)),
    signature: [slice(signature, 0, 32), slice(signature, 32, 64)],
    signer: readAuthority(new X509Certificate(issuerChain)), // reads the first certificate: the signer's
    evaluationNumber: Number(tcbEvaluationDataNumber),
    issueDateUnixSec: Date.parse(String(issueDate)) / 1000,
  };
}
