import { createSigningKey, deriveSecretKey } from '../../simulated/signing-key.ts';
import { serialFor } from '../../simulated/vendor.ts';
import type { TdxEvidence } from '../../tdx/verify.ts';
import { encodePemChain } from '../../x509/pem.ts';
import {
  adjusted,
  type Fault,
  forged,
  futureUnixSec,
  mapCollateral,
  pastUnixSec,
  platformOf,
} from './faulty-evidence.ts';

/** TCB Info and QE identity. */
export const collateralFaults: readonly Fault[] = [
  [
    'collateral.format',
    'a piece of collateral is missing',
    () => mapCollateral(({ pck_crl: _, ...rest }) => rest),
  ],
  ['collateral.format', 'a piece is no text', () => mapCollateral((all) => ({ ...all, tcb_info: {} }))],
  ['tcb-info.signer', 'a PCK key signed the TCB Info', () => tcbInfoSignedByPck()],
  [
    'tcb-info.signer',
    'the signer chain ends in another root',
    () =>
      mapCollateral((all) => ({ ...all, tcb_info_issuer_chain: forged().collateral.tcb_info_issuer_chain })),
  ],
  [
    'tcb-info.signer-validity',
    'the signer has expired',
    () => adjusted({ tcbSigner: (signer) => ({ ...signer, notAfterUnixSec: pastUnixSec }) }),
  ],
  [
    'tcb-info.signer-revocation',
    'the signer is revoked',
    () => adjusted({ rootCrl: (crl) => ({ ...crl, revokedSerials: [serialFor('TCB signer')] }) }),
  ],
  [
    'tcb-info.signature',
    'the TCB Info was edited',
    () => mapCollateral((all) => ({ ...all, tcb_info: all.tcb_info.replace('OutOfDate', 'UpToDate') })),
  ],
  [
    'tcb-info.signature',
    'the TCB Info was re-serialised',
    () => mapCollateral((all) => ({ ...all, tcb_info: all.tcb_info.replace('{', '{ ') })),
  ],
  [
    'tcb-info.signature',
    'the signature is zero',
    () => mapCollateral((all) => ({ ...all, tcb_info_signature: '00'.repeat(64) })),
  ],
  [
    'tcb-info.format',
    'the TCB Info is for SGX',
    () => adjusted({ tcbInfo: (info) => ({ ...info, id: 'SGX' }) }),
  ],
  [
    'tcb-info.format',
    'a level has 15 components',
    () =>
      adjusted({
        tcbInfo: (info) => ({
          ...info,
          tcbLevels: info.tcbLevels.map((level) => ({
            ...level,
            tcb: { ...level.tcb, sgxtcbcomponents: level.tcb.sgxtcbcomponents.slice(1) },
          })),
        }),
      }),
  ],
  [
    'tcb-info.validity',
    'the TCB Info has expired',
    () => adjusted({ tcbInfo: (info) => ({ ...info, nextUpdate: '2026-11-20T23:59:59Z' }) }),
  ],
  [
    'tcb-info.platform',
    'the TCB Info is of another FMSPC',
    () => adjusted({ tcbInfo: (info) => ({ ...info, fmspc: '000000000000' }) }),
  ],
  [
    'tcb-info.platform',
    'the TCB Info is of another PCEID',
    () => adjusted({ tcbInfo: (info) => ({ ...info, pceId: '0001' }) }),
  ],
  [
    'qe-identity.signer',
    'the signer chain is no PEM',
    () => mapCollateral((all) => ({ ...all, qe_identity_issuer_chain: 'none' })),
  ],
  [
    'qe-identity.signer-validity',
    'the signer is not valid yet',
    () => qeSigner({ notBeforeUnixSec: futureUnixSec }, []),
  ],
  [
    'qe-identity.signer-revocation',
    'the signer is revoked',
    () => qeSigner({ serial: serialFor('QE signer') }, [serialFor('QE signer')]),
  ],
  [
    'qe-identity.signature',
    'the QE identity was edited',
    () =>
      mapCollateral((all) => ({ ...all, qe_identity: all.qe_identity.replace('"isvsvn":6', '"isvsvn":1') })),
  ],
  [
    'qe-identity.format',
    'the identity is of the SGX quoting enclave',
    () => adjusted({ qeIdentity: (identity) => ({ ...identity, id: 'QE' }) }),
  ],
  [
    'qe-identity.validity',
    'the QE identity is of the future',
    () => adjusted({ qeIdentity: (identity) => ({ ...identity, issueDate: '2026-11-21T00:00:01Z' }) }),
  ],
];

function tcbInfoSignedByPck(): TdxEvidence {
  const [leaf, , root] = platformOf({}).pckChainDer;
  const pckKey = createSigningKey(deriveSecretKey('hearth simulated PCK key sample'));
  const evidence = adjusted({ tcbInfoKey: pckKey });
  return {
    ...evidence,
    collateral: { ...evidence.collateral, tcb_info_issuer_chain: encodePemChain([leaf, root]) },
  };
}

/** A second signer certificate of the same key, only in the QE identity's chain. */
function qeSigner(change: object, revokedSerials: Uint8Array[]): TdxEvidence {
  const evidence = adjusted({ rootCrl: (crl) => ({ ...crl, revokedSerials }) });
  const other = platformOf({ tcbSigner: (signer) => ({ ...signer, ...change }) }).collateral();
  return {
    ...evidence,
    collateral: { ...evidence.collateral, qe_identity_issuer_chain: other.qe_identity_issuer_chain },
  };
}
