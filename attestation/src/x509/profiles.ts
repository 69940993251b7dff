import type { SignatureAlgorithm } from './algorithms.ts';
import type { TimeForm } from './der-values.ts';
import { oid } from './oids.ts';
import type { KeyKind } from './public-key.ts';

/** What one vendor's certificates of one role look like; everything else is refused when parsing. */
export type CertificateProfile = {
  readonly keys: readonly KeyKind[];
  readonly signatures: readonly SignatureAlgorithm[];
  /** Extensions whose meaning is enforced by this package, so that they may be marked critical. */
  readonly understood: ReadonlySet<string>;
  readonly times: TimeForm;
};

const basic = [oid.keyUsage, oid.basicConstraints];
const sevTcb = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((field) => `${oid.amdSev}.3.${field}`);
const sevFacts = ['1', '2', '4', '5'].map((field) => `${oid.amdSev}.${field}`);

/** Intel SGX PCK Certificate and CRL Profile: every certificate of DCAP, root and TCB signer included. */
export const intelProfile: CertificateProfile = {
  keys: ['p256'],
  signatures: ['ecdsa-sha256'],
  understood: new Set([...basic, oid.sgx]),
  times: 'rfc5280',
};

/** ARK, ASK and ASVK (AMD publication 57230, VCEK Certificate and KDS Interface Specification, §2). */
export const amdAuthorityProfile: CertificateProfile = {
  keys: ['rsa-4096'],
  signatures: ['rsa-pss-sha384'],
  understood: new Set(basic),
  times: 'rfc5280',
};

/** VCEK and VLEK (ibid. §3). */
export const amdLeafProfile: CertificateProfile = {
  keys: ['p384'],
  signatures: ['rsa-pss-sha384'],
  understood: new Set([...basic, ...sevFacts, ...sevTcb]),
  times: 'rfc5280',
};

/** Device identity chains of GPUs and switches. */
export const nvidiaProfile: CertificateProfile = {
  keys: ['p384'],
  signatures: ['ecdsa-sha384'],
  understood: new Set(basic),
  times: 'rfc5280',
};

/** The chains that sign reference manifests (RIM); their authorities write 2023 as GeneralizedTime. */
export const nvidiaRimProfile: CertificateProfile = { ...nvidiaProfile, times: 'either-form' };

/** OCSP responders, whose extended key usage is what makes them such (RFC 6960 §4.2.2.2). */
export const nvidiaOcspProfile: CertificateProfile = {
  keys: ['p384'],
  signatures: ['ecdsa-sha384'],
  understood: new Set([...basic, oid.extendedKeyUsage]),
  times: 'either-form',
};

/** A root of any of these vendors, or of a test. */
export const anyRootProfile: CertificateProfile = {
  keys: ['p256', 'p384', 'rsa-4096'],
  signatures: ['ecdsa-sha256', 'ecdsa-sha384', 'rsa-pss-sha384'],
  understood: new Set(basic),
  times: 'either-form',
};
