import { authority, certificates, usage } from '../../simulated/sev-snp/endorsement.ts';
import { sampleMachine, sampleSnpEvidence } from '../../simulated/sev-snp/sample-evidence.ts';
import { createP384SigningKey, deriveP384SecretKey } from '../../simulated/signing-key.ts';
import { encodePemChain } from '../../x509/pem.ts';
import { amdRoots } from '../amd-roots.ts';
import type { SnpEvidence } from '../verify.ts';
import { adjusted, type Fault, flip, futureUnixSec, pastUnixSec, strangerKey } from './faulty-evidence.ts';

const unknownCritical = { id: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) };

/** The certificates: shape, trust, dates. */
export const certificateFaults: readonly Fault[] = [
  [
    'certificates.format',
    'the leaf is no certificate',
    () => withCertificates({ leaf: Uint8Array.of(0x30, 0), issuersPem: sampleMachine().issuersPem }),
  ],
  [
    'certificates.format',
    'the issuers are no PEM',
    () => withCertificates({ leaf: sampleMachine().leafDer, issuersPem: 'none' }),
  ],
  [
    'certificates.format',
    'the leaf is larger than any',
    () => withCertificates({ leaf: new Uint8Array(17 * 1024), issuersPem: sampleMachine().issuersPem }),
  ],
  [
    'certificates.format',
    'the issuers are longer than any',
    () => withCertificates({ leaf: sampleMachine().leafDer, issuersPem: ' '.repeat(65 * 1024) }),
  ],
  [
    'certificates.format',
    'the intermediate is missing',
    () => {
      const { leafDer, rootDer } = sampleMachine();
      return withCertificates({ leaf: leafDer, issuersPem: encodePemChain([rootDer]) });
    },
  ],
  [
    'certificates.format',
    'the leaf has an unknown critical extension',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, extraExtensions: [unknownCritical] }) }),
  ],
  [
    'certificates.format',
    'the leaf signs with another algorithm',
    () =>
      adjusted({
        leaf: (leaf) => ({ ...leaf, issuerKey: createP384SigningKey(deriveP384SecretKey('a stranger')) }),
      }),
  ],
  ['certificates.format', 'the table ends early', () => withTable((table) => table.slice(0, 60))],
  [
    'certificates.format',
    'an entry of the table lies about its length',
    () => withTable((table) => flip(table, 22, 0xff)),
  ],
  ['certificates.format', 'the table holds no leaf', () => withTable((table) => flip(table, 0))],
  [
    'chain.root',
    'AMD is trusted and nobody else',
    () => ({ ...sampleSnpEvidence(), trustAnchors: amdRoots }),
  ],
  ['chain.root', 'no trust anchor is given', () => ({ ...sampleSnpEvidence(), trustAnchors: [] })],
  [
    'chain.root',
    'a forger made everything',
    () => ({
      ...sampleSnpEvidence({ rootKey: strangerKey }),
      trustAnchors: sampleSnpEvidence().trustAnchors,
    }),
  ],
  [
    'chain.root',
    'the root of another product is trusted',
    () => ({ ...sampleSnpEvidence(), trustAnchors: sampleSnpEvidence({ product: 'Milan' }).trustAnchors }),
  ],
  [
    'chain.names',
    'the leaf names another issuer',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, issuerCommonName: 'ARK-Genoa' }) }),
  ],
  [
    'chain.names',
    'the intermediate names another issuer',
    () => adjusted({ intermediate: (ca) => ({ ...ca, issuerCommonName: 'ARK-Milan' }) }),
  ],
  [
    'chain.names',
    'the root stands in for the intermediate',
    () => {
      const { leafDer, rootDer } = sampleMachine({
        adjust: { leaf: (leaf) => ({ ...leaf, issuerCommonName: 'ARK-Genoa' }) },
      });
      return withCertificates({ leaf: leafDer, issuersPem: encodePemChain([rootDer, rootDer]) });
    },
  ],
  [
    'chain.constraints',
    'the intermediate is no CA',
    () => adjusted({ intermediate: (ca) => ({ ...ca, ownExtensions: [] }) }),
  ],
  [
    'chain.constraints',
    'the root may not sign revocation lists',
    () => adjusted({ root: (root) => ({ ...root, ownExtensions: [usage(certificates), authority()] }) }),
  ],
  [
    'chain.constraints',
    'the leaf is a CA',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, extraExtensions: [authority()] }) }),
  ],
  [
    'chain.signatures',
    'a stranger signed the leaf',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, issuerKey: strangerKey }) }),
  ],
  [
    'chain.signatures',
    'a stranger signed the intermediate',
    () => adjusted({ intermediate: (ca) => ({ ...ca, issuerKey: strangerKey }) }),
  ],
  [
    'chain.validity',
    'the leaf has expired',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, notAfterUnixSec: pastUnixSec }) }),
  ],
  [
    'chain.validity',
    'the intermediate is not valid yet',
    () => adjusted({ intermediate: (ca) => ({ ...ca, notBeforeUnixSec: futureUnixSec }) }),
  ],
  [
    'chain.validity',
    'the root has expired',
    () => adjusted({ root: (root) => ({ ...root, notAfterUnixSec: pastUnixSec }) }),
  ],
];

/** The sample's certificates in a host's table, changed. */
function withTable(change: (table: Uint8Array) => Uint8Array): SnpEvidence {
  return withCertificates({ table: change(sampleMachine().certificateTable) });
}

function withCertificates(certificates: SnpEvidence['certificates']): SnpEvidence {
  return { ...sampleSnpEvidence(), certificates };
}
