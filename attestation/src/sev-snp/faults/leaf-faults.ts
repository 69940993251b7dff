import type { ExtensionSpec } from '../../simulated/certificate-writer.ts';
import { octetString, smallInteger } from '../../simulated/der-writer.ts';
import { amdExtension, ia5String, type LeafSpec } from '../../simulated/sev-snp/endorsement.ts';
import { sampleSnpEvidence } from '../../simulated/sev-snp/sample-evidence.ts';
import type { SnpEvidence } from '../verify.ts';
import { adjusted, type Fault, ofGuest, withCertificatesOf } from './faulty-evidence.ts';

/** What the leaf states, and whether report and authorities agree with it. */
export const leafFaults: readonly Fault[] = [
  [
    'leaf.extensions',
    'the leaf is no endorsement key',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, commonName: 'SEV-OCA' }) }),
  ],
  ['leaf.extensions', 'the structure is of a later version', () => facts({ structureVersion: 2 })],
  ['leaf.extensions', 'the product is unknown', () => facts({ productName: 'Venice-A0' })],
  ['leaf.extensions', 'the product name is a sentence', () => facts({ productName: 'Genoa or so' })],
  ['leaf.extensions', 'a VCEK names no chip', () => facts({ hwid: undefined })],
  [
    'leaf.extensions',
    'the HWID is wrapped once more',
    () => facts({ hwid: octetString(new Uint8Array(64)) }),
  ],
  ['leaf.extensions', 'the HWID is as short as a Turin’s', () => facts({ hwid: new Uint8Array(8) })],
  ['leaf.extensions', 'a VCEK names a cloud', () => facts({ cspId: 'CN=cloud' })],
  [
    'leaf.extensions',
    'a VLEK names a chip',
    () => adjusted({ leafFacts: (leaf) => ({ ...leaf, hwid: new Uint8Array(64) }) }, { endorsement: 'VLEK' }),
  ],
  [
    'leaf.extensions',
    'a VLEK names no cloud',
    () => adjusted({ leafFacts: (leaf) => ({ ...leaf, cspId: undefined }) }, { endorsement: 'VLEK' }),
  ],
  [
    'leaf.extensions',
    'a VLEK names its cloud by nothing',
    () => adjusted({ leafFacts: (leaf) => ({ ...leaf, cspId: '' }) }, { endorsement: 'VLEK' }),
  ],
  [
    'leaf.extensions',
    'a Genoa leaf has a part that only Turin has',
    () => facts({ tcb: { fmc: 0, bl: 10, tee: 0, snp: 23, ucode: 84 } }),
  ],
  [
    'leaf.extensions',
    'a TCB part exceeds one byte',
    () => facts({ tcb: { bl: 256, tee: 0, snp: 23, ucode: 84 } }),
  ],
  [
    'leaf.extensions',
    'a part that nothing compares is in use',
    () => withExtensions((all) => [...all, amdExtension('3.4', smallInteger(1))]),
  ],
  [
    'leaf.extensions',
    'a TCB part is missing',
    () => withExtensions((all) => all.filter(({ id }) => !id.endsWith('3704.1.3.8'))),
  ],
  [
    'leaf.extensions',
    'something follows the product name',
    () =>
      withExtensions((all) =>
        all.map((one) =>
          one.id.endsWith('3704.1.2') ? { ...one, value: Uint8Array.of(...ia5String('Genoa'), 5, 0) } : one,
        ),
      ),
  ],
  [
    'chain.product',
    'the report is of a Milan, its key of a Genoa',
    () => ofGuest({ cpuid: { family: 0x19, model: 1, stepping: 1 } }),
  ],
  [
    'chain.product',
    'the processor is unknown',
    () => ofGuest({ cpuid: { family: 0x1a, model: 0x50, stepping: 0 } }),
  ],
  [
    'chain.product',
    'the leaf names another product than its authorities',
    () => facts({ productName: 'Milan-B0' }),
  ],
  [
    'chain.product',
    'a version 2 report has a leaf of another product than its root',
    () =>
      sampleSnpEvidence(
        { adjust: { leafFacts: (leaf) => ({ ...leaf, productName: 'Milan-B0' }) } },
        { version: 2 },
      ),
  ],
  ['chain.signing-key', 'the report names a VLEK', () => ofGuest({ flags: 1 << 2 })],
  ['chain.signing-key', 'the report names no key', () => ofGuest({ flags: 7 << 2 })],
  ['chain.signing-key', 'the report names a key that is not defined', () => ofGuest({ flags: 3 << 2 })],
  [
    'chain.signing-key',
    'a VLEK comes with the report of a VCEK',
    () => withCertificatesOf({ endorsement: 'VLEK' }),
  ],
  [
    'chain.signing-key',
    'the authority for VLEKs issued a VCEK',
    () =>
      adjusted({
        intermediate: (ca) => ({ ...ca, commonName: 'SEV-VLEK-Genoa' }),
        leaf: (leaf) => ({ ...leaf, issuerCommonName: 'SEV-VLEK-Genoa' }),
      }),
  ],
];

function facts(change: Partial<LeafSpec>): SnpEvidence {
  return adjusted({ leafFacts: (leaf) => ({ ...leaf, ...change }) });
}

function withExtensions(change: (all: readonly ExtensionSpec[]) => readonly ExtensionSpec[]): SnpEvidence {
  return adjusted({
    leaf: ({ ownExtensions = [], ...leaf }) => ({ ...leaf, ownExtensions: change(ownExtensions) }),
  });
}
