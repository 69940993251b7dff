import { EvidenceError } from '../errors.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import {
  assertAuthority,
  assertCertificateValid,
  assertCommonName,
  assertEndEntity,
  assertIssuerName,
  assertSignedBy,
} from '../x509/chain-rules.ts';
import { decodePemBody, splitPemChain } from '../x509/pem.ts';
import { intelProfile } from '../x509/profiles.ts';

/** Intel's provisioning chain: PCK leaf ← Platform or Processor CA ← root. */
export type PckChain = {
  readonly leaf: Certificate;
  readonly intermediate: Certificate;
  readonly root: Certificate;
};

/** The chain as base64, before anything is decoded. */
export type PckChainPem = Readonly<Record<keyof PckChain, string>>;

export function splitPckChain(pem: string): PckChainPem {
  const [leaf, intermediate, root, ...others] = splitPemChain(pem, 'PCK chain');
  if (leaf === undefined || intermediate === undefined || root === undefined || others.length > 0) {
    throw new EvidenceError('chain', 'PCK chain', { expected: 'leaf, intermediate and root' });
  }
  return { leaf, intermediate, root };
}

export function parsePckAuthorities({ intermediate, root }: PckChainPem): Omit<PckChain, 'leaf'> {
  return {
    intermediate: parseCertificate(decodePemBody(intermediate), 'PCK intermediate', intelProfile),
    root: parseCertificate(decodePemBody(root), 'PCK root', intelProfile),
  };
}

export function parsePckLeaf({ leaf }: PckChainPem): Certificate {
  return parseCertificate(decodePemBody(leaf), 'PCK leaf', intelProfile);
}

/** Roles by name, in the words of the vendor that the pinned root names ("Intel", or a test vendor). */
export function assertPckNames({ leaf, intermediate, root }: PckChain): void {
  const vendor = vendorOf(root);
  assertIssuerName(root, root, 'root');
  assertIssuerName(intermediate, root, 'PCK intermediate');
  assertIssuerName(leaf, intermediate, 'PCK leaf');
  const authorities = [`${vendor} SGX PCK Platform CA`, `${vendor} SGX PCK Processor CA`];
  assertCommonName(intermediate, authorities, 'PCK intermediate');
  assertCommonName(leaf, [`${vendor} SGX PCK Certificate`], 'PCK leaf');
}

export function assertPckConstraints({ leaf, intermediate, root }: PckChain): void {
  assertAuthority(root, 1, 'root');
  assertAuthority(intermediate, 0, 'PCK intermediate');
  assertEndEntity(leaf, 'PCK leaf');
}

/** The root's own signature is not asked: the pin covers every byte of it, and anybody can sign himself. */
export function assertIntermediateSignature({ intermediate, root }: PckChain): void {
  assertSignedBy(intermediate, root, 'PCK intermediate');
}

export function assertLeafSignature({ leaf, intermediate }: PckChain): void {
  assertSignedBy(leaf, intermediate, 'PCK leaf');
}

export function assertPckValidity({ leaf, intermediate, root }: PckChain, atUnixSec: number): void {
  assertCertificateValid(root, atUnixSec, 'root');
  assertCertificateValid(intermediate, atUnixSec, 'PCK intermediate');
  assertCertificateValid(leaf, atUnixSec, 'PCK leaf');
}

/** "Intel" of "Intel SGX Root CA". */
export function vendorOf(root: Certificate): string {
  const suffix = ' SGX Root CA';
  if (!root.subjectCommonName.endsWith(suffix)) {
    throw new EvidenceError('chain', 'root common name', {
      expected: `…${suffix}`,
      actual: root.subjectCommonName,
    });
  }
  return root.subjectCommonName.slice(0, -suffix.length);
}
