import { equalBytes } from '../bytes/equal-bytes.ts';
import { EvidenceError } from '../errors.ts';
import {
  assertAuthority,
  assertCertificateSigner,
  assertCertificateValid,
  assertCommonName,
  assertIssuerName,
  assertSignedBy,
} from '../x509/chain-rules.ts';
import type { SnpChain } from './certificates.ts';
import type { LeafFacts } from './leaf-extensions.ts';
import type { SnpReport } from './parse.ts';
import { productOfCpuid, type SnpProduct } from './product.ts';

export function assertSnpNames({ leaf, intermediate, root }: SnpChain): void {
  assertIssuerName(root, root, 'root');
  assertIssuerName(intermediate, root, 'intermediate');
  assertIssuerName(leaf, intermediate, 'leaf');
  if (!equalBytes(intermediate.subject, root.subject)) return;
  throw new EvidenceError('chain', 'intermediate', { expected: 'another subject than the root' });
}

/** AMD's intermediates may sign certificates only; the root signs the CRLs as well. A leaf carries no usage at all. */
export function assertSnpConstraints({ leaf, intermediate, root }: SnpChain): void {
  assertAuthority(root, 1, 'root');
  assertCertificateSigner(intermediate, 0, 'intermediate');
  if (leaf.isCa || leaf.keyUsage.keyCertSign || leaf.keyUsage.crlSign) {
    throw new EvidenceError('chain', 'leaf', { expected: 'no CA' });
  }
}

/** The root's own signature is not asked: the pin covers every byte of it, and anybody can sign himself. */
export function assertSnpSignatures({ leaf, intermediate, root }: SnpChain): void {
  assertSignedBy(intermediate, root, 'intermediate');
  assertSignedBy(leaf, intermediate, 'leaf');
}

export function assertSnpValidity({ leaf, intermediate, root }: SnpChain, atUnixSec: number): void {
  assertCertificateValid(root, atUnixSec, 'root');
  assertCertificateValid(intermediate, atUnixSec, 'intermediate');
  assertCertificateValid(leaf, atUnixSec, 'leaf');
}

/**
 * One product in the report, the leaf and the names of both authorities. A report of version 2 does not say; there the
 * certificates alone decide. Without this rule the key of an old family could vouch for a report of a newer one.
 */
export function assertOneProduct(
  report: SnpReport,
  { intermediate, root }: SnpChain,
  leaf: LeafFacts,
): SnpProduct {
  const product = report.cpuid === undefined ? leaf.product : productOfCpuid(report.cpuid);
  if (product === undefined || product !== leaf.product) {
    throw new EvidenceError('chain', 'product', {
      expected: `${leaf.product} as certified`,
      actual: product ?? `processor ${JSON.stringify(report.cpuid)}`,
    });
  }
  assertCommonName(root, [`ARK-${product}`], 'root');
  assertCommonName(intermediate, [`SEV-${product}`, `SEV-VLEK-${product}`], 'intermediate');
  return product;
}

/** The key that the report names, the leaf's kind and the authority above it must be the same. */
export function assertSigningKey(
  { flags }: SnpReport,
  { intermediate }: SnpChain,
  { kind }: LeafFacts,
): void {
  if (flags.signingKey !== kind) {
    throw new EvidenceError('chain', 'signing key of the report', {
      expected: kind,
      actual: flags.signingKey ?? `none (code ${flags.signingKeyCode})`,
    });
  }
  const isVlekAuthority = intermediate.subjectCommonName.startsWith('SEV-VLEK-');
  if (isVlekAuthority !== (kind === 'VLEK')) {
    throw new EvidenceError('chain', 'intermediate', {
      expected: `an authority for ${kind}`,
      actual: intermediate.subjectCommonName,
    });
  }
}
