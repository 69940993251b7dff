import { createSigningKey, deriveSecretKey } from '../../simulated/signing-key.ts';
import { serialFor } from '../../simulated/vendor.ts';
import { encodePemChain } from '../../x509/pem.ts';
import type { DcapEvidence } from '../verify.ts';
import { type Fault, type Forge, futureUnixSec, pastUnixSec, platformOf } from './faulty-evidence.ts';

/** TCB Info and QE identity. */
export const collateralFaults = (forge: Forge): readonly Fault[] => {
  const { technology, adjusted, forged, mapCollateral, withTcbInfo } = forge;
  return [
    [
      'collateral.format',
      'a piece of collateral is missing',
      () => mapCollateral(({ pck_crl: _, ...rest }) => rest),
    ],
    ['collateral.format', 'a piece is no text', () => mapCollateral((all) => ({ ...all, tcb_info: {} }))],
    ['tcb-info.signer', 'a PCK key signed the TCB Info', () => tcbInfoSignedByPck(forge)],
    [
      'tcb-info.signer',
      'the signer chain ends in another root',
      () =>
        mapCollateral((all) => ({
          ...all,
          tcb_info_issuer_chain: forged().collateral.tcb_info_issuer_chain,
        })),
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
      'the TCB Info is for the other technology',
      () => withTcbInfo((info) => ({ ...info, id: technology === 'tdx' ? 'SGX' : 'TDX' })),
    ],
    [
      'tcb-info.format',
      'a level has 15 components',
      () =>
        withTcbInfo((info) => ({
          ...info,
          tcbLevels: info.tcbLevels.map((level) => ({
            ...level,
            tcb: { ...level.tcb, sgxtcbcomponents: level.tcb.sgxtcbcomponents.slice(1) },
          })),
        })),
    ],
    [
      'tcb-info.validity',
      'the TCB Info has expired',
      () => withTcbInfo((info) => ({ ...info, nextUpdate: '2026-11-20T23:59:59Z' })),
    ],
    [
      'tcb-info.platform',
      'the TCB Info is of another FMSPC',
      () => withTcbInfo((info) => ({ ...info, fmspc: '000000000000' })),
    ],
    [
      'tcb-info.platform',
      'the TCB Info is of another PCEID',
      () => withTcbInfo((info) => ({ ...info, pceId: '0001' })),
    ],
    [
      'qe-identity.signer',
      'the signer chain is no PEM',
      () => mapCollateral((all) => ({ ...all, qe_identity_issuer_chain: 'none' })),
    ],
    [
      'qe-identity.signer-validity',
      'the signer is not valid yet',
      () => qeSigner(forge, { notBeforeUnixSec: futureUnixSec }, []),
    ],
    [
      'qe-identity.signer-revocation',
      'the signer is revoked',
      () => qeSigner(forge, { serial: serialFor('QE signer') }, [serialFor('QE signer')]),
    ],
    [
      'qe-identity.signature',
      'the QE identity was edited',
      () =>
        mapCollateral((all) => ({
          ...all,
          qe_identity: all.qe_identity.replace('"isvsvn":6', '"isvsvn":1'),
        })),
    ],
    [
      'qe-identity.format',
      'the identity is of the other quoting enclave',
      () =>
        adjusted({
          qeIdentity: (identity) => ({ ...identity, id: technology === 'tdx' ? 'QE' : 'TD_QE' }),
        }),
    ],
    [
      'qe-identity.validity',
      'the QE identity is of the future',
      () => adjusted({ qeIdentity: (identity) => ({ ...identity, issueDate: '2026-11-21T00:00:01Z' }) }),
    ],
  ];
};

function tcbInfoSignedByPck({ adjusted }: Forge): DcapEvidence {
  const [leaf, , root] = platformOf({}).pckChainDer;
  const pckKey = createSigningKey(deriveSecretKey('hearth simulated PCK key sample'));
  const evidence = adjusted({ tcbInfoKey: pckKey });
  return {
    ...evidence,
    collateral: { ...evidence.collateral, tcb_info_issuer_chain: encodePemChain([leaf, root]) },
  };
}

/** A second signer certificate of the same key, only in the QE identity's chain. */
function qeSigner(
  { adjusted, collateralOf }: Forge,
  change: object,
  revokedSerials: Uint8Array[],
): DcapEvidence {
  const evidence = adjusted({ rootCrl: (crl) => ({ ...crl, revokedSerials }) });
  const other = collateralOf({ tcbSigner: (signer) => ({ ...signer, ...change }) });
  return {
    ...evidence,
    collateral: { ...evidence.collateral, qe_identity_issuer_chain: other.qe_identity_issuer_chain },
  };
}
