import {
  type CoverageAdjustments,
  coveredNvidiaEvidence,
  crlAbout,
} from '../../simulated/nvidia/covered-evidence.ts';
import { createSimulatedDevice } from '../../simulated/nvidia/device.ts';
import type { NvidiaEvidence } from '../verify.ts';
import { type DeviceFault, pastUnixSec, strangerKey } from './faulty-device.ts';

const { specs } = createSimulatedDevice({ chip: 'GH100', seed: 'sample' });

/** OCSP answers and CRLs. */
export const revocationFaults: readonly DeviceFault[] = [
  ['revocation.answers', 'the answers are about another device', () => aboutAnother()],
  [
    'revocation.answers',
    'a stranger signed an answer',
    () => answered({ brom: { response: (response) => ({ ...response, signingKey: strangerKey }) } }),
  ],
  [
    'revocation.answers',
    'NVIDIA does not know the device',
    () => answered({ brom: { single: (single) => ({ ...single, status: 'unknown' }) } }),
  ],
  [
    'revocation.answers',
    'the nonce that was sent is not in the answer',
    () => mapOcsp((answer) => ({ ...answer, nonce: new Uint8Array(32) })),
  ],
  ['revocation.answers', 'a CRL is no CRL', () => listed(Uint8Array.of(0x30, 0))],
  [
    'revocation.answers',
    'a stranger signed the CRL',
    () => listed(crlAbout(specs.provisioner, (crl) => ({ ...crl, issuerKey: strangerKey }))),
  ],
  ['revocation.answers', 'the device key’s owner lists himself', () => listed(crlAbout(specs.leaf))],
  [
    'revocation.freshness',
    'an answer is of yesterday',
    () => answered({ identity: { single: (single) => ({ ...single, nextUpdateUnixSec: pastUnixSec }) } }),
  ],
  [
    'revocation.freshness',
    'the CRL has expired',
    () => listed(crlAbout(specs.provisioner, (crl) => ({ ...crl, nextUpdateUnixSec: pastUnixSec }))),
  ],
  ['revocation.status', 'the device is revoked', () => answered({ brom: revoked(1) })],
  ['revocation.status', 'the device is on hold', () => answered({ brom: revoked(6) })],
  ['revocation.status', 'the identity CA is revoked', () => answered({ identity: revoked(1) })],
  [
    'revocation.status',
    'a CRL lists the provisioner',
    () =>
      listed(crlAbout(specs.provisioner, (crl) => ({ ...crl, revokedSerials: [specs.provisioner.serial] }))),
  ],
];

type OcspChanges = NonNullable<CoverageAdjustments['ocsp']>;

function answered(ocsp: OcspChanges): NvidiaEvidence {
  return coveredNvidiaEvidence({ ocsp });
}

function revoked(reason: number): NonNullable<OcspChanges['brom']> {
  return { single: (single) => ({ ...single, status: { revokedAtUnixSec: pastUnixSec, reason } }) };
}

function mapOcsp(
  change: (
    answer: NvidiaEvidence['revocation']['ocsp'][number],
  ) => NvidiaEvidence['revocation']['ocsp'][number],
): NvidiaEvidence {
  const evidence = coveredNvidiaEvidence();
  return { ...evidence, revocation: { crls: [], ocsp: evidence.revocation.ocsp.map(change) } };
}

function listed(crl: Uint8Array): NvidiaEvidence {
  return { ...coveredNvidiaEvidence(), revocation: { ocsp: [], crls: [crl] } };
}

function aboutAnother(): NvidiaEvidence {
  const [identity] = coveredNvidiaEvidence({ device: { chip: 'GB100' } }).revocation.ocsp;
  return {
    ...coveredNvidiaEvidence(),
    revocation: { ocsp: identity === undefined ? [] : [identity], crls: [] },
  };
}
