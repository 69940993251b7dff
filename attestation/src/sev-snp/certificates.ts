import { EvidenceError, formatError } from '../errors.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { parsePemChain } from '../x509/pem.ts';
import { amdAuthorityProfile, amdLeafProfile } from '../x509/profiles.ts';
import { parseCertificateTable } from './certificate-table.ts';
import type { SigningKeyKind } from './guest-policy.ts';

/**
 * The certificates beside a report: the leaf as AMD's key server sends it with the server's chain file (PEM:
 * intermediate, root), or a host's certificate table, in which a missing intermediate and root may be given apart.
 */
export type SnpCertificates =
  | { readonly leaf: Uint8Array; readonly issuersPem: string }
  | { readonly table: Uint8Array; readonly issuersPem?: string };

/** VCEK or VLEK ← ASK or ASVK ← ARK. */
export type SnpChain = {
  readonly leaf: Certificate;
  readonly intermediate: Certificate;
  readonly root: Certificate;
};

/** Many times what AMD sends. */
const limits = { leafBytes: 16 * 1024, issuersChars: 64 * 1024 } as const;

/** Throws EvidenceError. `signingKey` says which leaf of a table the report asks for. */
export function parseSnpChain(
  certificates: SnpCertificates,
  signingKey: SigningKeyKind | undefined,
): SnpChain {
  const { leaf, issuers } = collect(certificates, signingKey);
  const [intermediate, root, ...others] = issuers;
  if (leaf === undefined || intermediate === undefined || root === undefined || others.length > 0) {
    throw new EvidenceError('chain', 'certificate chain', {
      expected: 'leaf, intermediate and root',
      actual: `${leaf === undefined ? 'no leaf' : 'a leaf'} and ${issuers.length} issuers`,
    });
  }
  return {
    leaf: parseCertificate(leaf, 'leaf', amdLeafProfile),
    intermediate: parseCertificate(intermediate, 'intermediate', amdAuthorityProfile),
    root: parseCertificate(root, 'root', amdAuthorityProfile),
  };
}

function collect(
  certificates: SnpCertificates,
  signingKey: SigningKeyKind | undefined,
): { readonly leaf: Uint8Array | undefined; readonly issuers: readonly Uint8Array[] } {
  if ('leaf' in certificates) {
    const { leaf, issuersPem } = certificates;
    if (leaf.length > limits.leafBytes) {
      throw formatError('leaf', { expected: `at most ${limits.leafBytes} bytes`, actual: `${leaf.length}` });
    }
    return { leaf, issuers: parseIssuers(issuersPem) };
  }
  const { vcek, vlek, ask, ark } = parseCertificateTable(certificates.table);
  const issuers =
    certificates.issuersPem === undefined
      ? [ask, ark].filter((one) => one !== undefined)
      : parseIssuers(certificates.issuersPem);
  return { leaf: signingKey === 'VLEK' ? vlek : vcek, issuers };
}

function parseIssuers(pem: string): readonly Uint8Array[] {
  if (pem.length > limits.issuersChars) {
    throw formatError('issuer chain', {
      expected: `at most ${limits.issuersChars} characters`,
      actual: `${pem.length}`,
    });
  }
  return parsePemChain(pem, 'issuer chain');
}
