import { createSimulatedDevice } from '../../simulated/nvidia/device.ts';
import { basicConstraints, commonNamesOf, keyUsage } from '../../simulated/nvidia/device-vendor.ts';
import { sampleNvidiaEvidence } from '../../simulated/nvidia/sample-evidence.ts';
import { encodePemChain } from '../../x509/pem.ts';
import type { NvidiaEvidence } from '../verify.ts';
import {
  certified,
  type DeviceFault,
  forged,
  futureUnixSec,
  pastUnixSec,
  strangerKey,
} from './faulty-device.ts';

const names = commonNamesOf('GH100');

/** The device's certificates. */
export const chainFaults: readonly DeviceFault[] = [
  ['chain.format', 'there is no chain', () => ({ ...sampleNvidiaEvidence(), chain: new Uint8Array() })],
  [
    'chain.format',
    'the chain is larger than any',
    () => ({ ...sampleNvidiaEvidence(), chain: new Uint8Array(64 * 1024 + 1) }),
  ],
  [
    'chain.format',
    'the leaf has an unknown critical extension',
    () =>
      certified({
        leaf: (leaf) => ({
          ...leaf,
          extraExtensions: [{ id: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }],
        }),
      }),
  ],
  ['chain.length', 'only the root is there', () => chained((all) => all.slice(4))],
  ['chain.length', 'the leaf is missing', () => chained((all) => all.slice(1))],
  ['chain.length', 'a certificate is too many', () => chained((all) => [...all, ...all.slice(4)])],
  ['chain.root', 'another vendor made everything', () => forged()],
  ['chain.root', 'no trust anchor is given', () => ({ ...sampleNvidiaEvidence(), trustAnchors: [] })],
  [
    'chain.issuers',
    'the leaf names another issuer',
    () => certified({ leaf: (leaf) => ({ ...leaf, issuerCommonName: names.provisioner }) }),
  ],
  ['chain.issuers', 'two certificates are swapped', () => chained(([a, b, c, d, e]) => [a, c, b, d, e])],
  [
    'chain.roles',
    'the leaf has another role',
    () => certified({ leaf: (leaf) => ({ ...leaf, commonName: 'GH100 A01 GSP BROM' }) }),
  ],
  [
    'chain.roles',
    'the leaf names another chip than the device',
    () => certified({ leaf: (leaf) => ({ ...leaf, commonName: 'GB100 A01 GSP FMC LF' }) }),
  ],
  ['chain.roles', 'the provisioner is another chip’s', () => otherProvisioner()],
  [
    'chain.kind',
    'a switch presents itself as a GPU',
    () => ({ ...sampleNvidiaEvidence(), ...switchAsGpu() }),
  ],
  [
    'chain.usages',
    'the provisioner is no CA',
    () => certified({ provisioner: (ca) => ({ ...ca, ownExtensions: [keyUsage(0x06)] }) }),
  ],
  [
    'chain.usages',
    'the device key may not sign certificates',
    () => certified({ brom: (brom) => ({ ...brom, ownExtensions: [basicConstraints, keyUsage(0x80)] }) }),
  ],
  [
    'chain.usages',
    'the leaf is a CA',
    () =>
      certified({
        leaf: (leaf) => ({ ...leaf, ownExtensions: [basicConstraints, ...(leaf.ownExtensions ?? [])] }),
      }),
  ],
  [
    'chain.signatures',
    'a stranger signed the leaf',
    () => certified({ leaf: (leaf) => ({ ...leaf, issuerKey: strangerKey }) }),
  ],
  [
    'chain.signatures',
    'a stranger signed the device certificate',
    () => certified({ brom: (brom) => ({ ...brom, issuerKey: strangerKey }) }),
  ],
  [
    'chain.signatures',
    'a stranger signed the identity',
    () => certified({ identity: (ca) => ({ ...ca, issuerKey: strangerKey }) }),
  ],
  [
    'chain.validity',
    'the identity has expired',
    () => certified({ identity: (ca) => ({ ...ca, notAfterUnixSec: pastUnixSec }) }),
  ],
  [
    'chain.validity',
    'the leaf is not valid yet',
    () => certified({ leaf: (leaf) => ({ ...leaf, notBeforeUnixSec: futureUnixSec }) }),
  ],
];

function chained(
  change: (all: readonly Uint8Array[]) => readonly (Uint8Array | undefined)[],
): NvidiaEvidence {
  const { certificates } = createSimulatedDevice({ chip: 'GH100', seed: 'sample' });
  const changed = change(certificates).filter((one) => one !== undefined);
  return { ...sampleNvidiaEvidence(), chain: Buffer.from(encodePemChain(changed), 'latin1') };
}

function otherProvisioner(): NvidiaEvidence {
  const commonName = commonNamesOf('GB100').provisioner;
  return certified({
    provisioner: (ca) => ({ ...ca, commonName }),
    brom: (brom) => ({ ...brom, issuerCommonName: commonName }),
  });
}

/** Its VBIOS field is text, which a GPU's is not: left out, so that only the certificate tells. */
function switchAsGpu(): Partial<NvidiaEvidence> {
  const { evidence, chain } = sampleNvidiaEvidence({ chip: 'LS_10' }, (report) => ({
    ...report,
    opaque: [],
  }));
  return { evidence, chain };
}
