import type { SimulatedAdjustments } from '../../simulated/platform.ts';
import { serialFor } from '../../simulated/vendor.ts';
import {
  type Fault,
  type Forge,
  futureUnixSec,
  pastUnixSec,
  platformOf,
  strangerKey,
} from './faulty-evidence.ts';

/** The PCK chain and the CRLs over it. */
export const platformFaults = ({
  technology,
  sample,
  adjusted,
  forged,
  mapCollateral,
}: Forge): readonly Fault[] => [
  ['pck.format', 'the leaf has two SGX extensions', () => adjusted({ leaf: twoSgxExtensions })],
  ['pck.format', 'the leaf has an unknown critical extension', () => adjusted({ leaf: unknownCritical })],
  ['pck.root', 'another vendor made everything', () => forged()],
  ['pck.root', 'no trust anchor is given', () => ({ ...sample(), trustAnchors: [] })],
  [
    'pck.names',
    'the leaf has another role',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, commonName: 'Hearth Simulated SGX TCB Signing' }) }),
  ],
  [
    'pck.names',
    'the leaf names another issuer',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, issuerCommonName: 'Hearth Simulated SGX Root CA' }) }),
  ],
  [
    'pck.constraints',
    'the intermediate is no CA',
    () => adjusted({ intermediate: (ca) => ({ ...ca, caPathLength: undefined }) }),
  ],
  ['pck.constraints', 'the leaf is a CA', () => adjusted({ leaf: (leaf) => ({ ...leaf, caPathLength: 0 }) })],
  [
    'pck.signatures',
    'a stranger signed the leaf',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, issuerKey: strangerKey }) }),
  ],
  [
    'pck.signatures',
    'a stranger signed the intermediate',
    () => adjusted({ intermediate: (ca) => ({ ...ca, issuerKey: strangerKey }) }),
  ],
  [
    'pck.validity',
    'the leaf has expired',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, notAfterUnixSec: pastUnixSec }) }),
  ],
  [
    'pck.validity',
    'the intermediate is not valid yet',
    () => adjusted({ intermediate: (ca) => ({ ...ca, notBeforeUnixSec: futureUnixSec }) }),
  ],
  [
    'pck.extension',
    'the leaf has no SGX extension',
    () => adjusted({ leaf: (leaf) => ({ ...leaf, extraExtensions: [] }) }),
  ],
  [
    'root-crl.format',
    'the root CRL is an empty sequence',
    () => mapCollateral((all) => ({ ...all, root_ca_crl: '3000' })),
  ],
  ['root-crl.format', 'the root CRL is empty', () => mapCollateral((all) => ({ ...all, root_ca_crl: '' }))],
  [
    'root-crl.signature',
    'a stranger signed the root CRL',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, issuerKey: strangerKey }) }),
  ],
  [
    'root-crl.signature',
    'the root CRL names another issuer',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, issuerCommonName: 'Nobody' }) }),
  ],
  [
    'root-crl.signature',
    'both CRLs are swapped',
    () => mapCollateral((all) => ({ ...all, root_ca_crl: all.pck_crl, pck_crl: all.root_ca_crl })),
  ],
  [
    'root-crl.validity',
    'the root CRL has expired',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, nextUpdateUnixSec: pastUnixSec }) }),
  ],
  ['pck-crl.format', 'the PCK CRL is no hex', () => mapCollateral((all) => ({ ...all, pck_crl: 'zz' }))],
  [
    'pck-crl.signature',
    'a stranger signed the PCK CRL',
    () => adjusted({ pckCrl: (crl) => ({ ...crl, issuerKey: strangerKey }) }),
  ],
  [
    'pck-crl.validity',
    'the PCK CRL is of the future',
    () => adjusted({ pckCrl: (crl) => ({ ...crl, thisUpdateUnixSec: futureUnixSec }) }),
  ],
  [
    'pck-crl.issuer-chain',
    'the issuer chain of the PCK CRL is another',
    () => mapCollateral((all) => ({ ...all, pck_crl_issuer_chain: all.tcb_info_issuer_chain })),
  ],
  [
    'pck.revocation',
    'the leaf is revoked',
    () => {
      const platform = platformOf({});
      const collateral =
        technology === 'tdx' ? platform.collateral('revoked') : platform.sgxCollateral('revoked');
      return { ...sample(), collateral };
    },
  ],
  [
    'pck.revocation',
    'the intermediate is revoked',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, revokedSerials: [serialFor('platform CA')] }) }),
  ],
];

type LeafAdjust = NonNullable<SimulatedAdjustments['leaf']>;

const twoSgxExtensions: LeafAdjust = (leaf) => ({
  ...leaf,
  extraExtensions: [...leaf.extraExtensions, ...leaf.extraExtensions],
});

const unknownCritical: LeafAdjust = (leaf) => ({
  ...leaf,
  extraExtensions: [...leaf.extraExtensions, { id: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }],
});
