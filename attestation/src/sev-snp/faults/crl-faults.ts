import { sampleMachine, sampleSnpEvidence } from '../../simulated/sev-snp/sample-evidence.ts';
import { serialFor } from '../../simulated/vendor.ts';
import type { SnpEvidence } from '../verify.ts';
import { adjusted, type Fault, futureUnixSec, pastUnixSec, strangerKey } from './faulty-evidence.ts';

/** The root's revocation list. */
export const crlFaults: readonly Fault[] = [
  ['crl.format', 'no list is given', () => ({ ...sampleSnpEvidence(), crl: undefined })],
  [
    'crl.format',
    'the list is an empty sequence',
    () => ({ ...sampleSnpEvidence(), crl: Uint8Array.of(0x30, 0) }),
  ],
  [
    'crl.signature',
    'a stranger signed the list',
    () => adjusted({ crl: (crl) => ({ ...crl, issuerKey: strangerKey }) }),
  ],
  [
    'crl.signature',
    'the list is of another product',
    () => ({ ...sampleSnpEvidence(), crl: sampleMachine({ product: 'Milan' }).crl() }),
  ],
  [
    'crl.validity',
    'the list has expired',
    () => adjusted({ crl: (crl) => ({ ...crl, nextUpdateUnixSec: pastUnixSec }) }),
  ],
  [
    'crl.validity',
    'the list is of the future',
    () => adjusted({ crl: (crl) => ({ ...crl, thisUpdateUnixSec: futureUnixSec }) }),
  ],
  [
    'chain.revocation',
    'the intermediate is revoked',
    () => ({ ...sampleSnpEvidence(), crl: sampleMachine().crl('revoked') }),
  ],
  ['chain.revocation', 'the leaf is revoked', () => revoked(new Uint8Array(1))],
  ['chain.revocation', 'the root is revoked', () => revoked(serialFor('ARK-Genoa'))],
];

function revoked(serial: Uint8Array): SnpEvidence {
  return adjusted({ crl: (crl) => ({ ...crl, revokedSerials: [serial] }) });
}
