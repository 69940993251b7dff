import type { Hex } from '../bytes/hex.ts';
import { latin1ToText } from '../bytes/text.ts';
import { EvidenceError } from '../errors.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import {
  assertCertificateSigner,
  assertCertificateValid,
  assertCommonName,
  assertEndEntity,
  assertIssuerName,
  assertSignedBy,
} from '../x509/chain-rules.ts';
import { parsePemChain } from '../x509/pem.ts';
import { nvidiaProfile } from '../x509/profiles.ts';
import type { DeviceKind } from './device-facts.ts';
import { evidenceLimits } from './layout.ts';

/** From the key that signs reports, made by the device at boot, to NVIDIA's root. */
export type DeviceChain = {
  /** `<chip> <stepping> GSP FMC LF` (switch: `FSP FMC LF`). */
  readonly leaf: Certificate;
  /** `<chip> <stepping> GSP BROM`: the key fused into the device; its serial is the device's. */
  readonly brom: Certificate;
  /** `NVIDIA <chip> Provisioner ICA …`. */
  readonly provisioner: Certificate;
  /** `NVIDIA <family> Identity`. */
  readonly identity: Certificate;
  readonly root: Certificate;
};

const roles = ['leaf', 'brom', 'provisioner', 'identity', 'root'] as const;

/** PEM, leaf first; any number of certificates up to the package's limit. */
export function parseCertificates(pem: Uint8Array): readonly Certificate[] {
  if (pem.length > evidenceLimits.maxChainBytes) {
    throw new EvidenceError('chain', 'device chain', {
      expected: `at most ${evidenceLimits.maxChainBytes} bytes`,
      actual: `${pem.length}`,
    });
  }
  return parsePemChain(latin1ToText(pem), 'device chain').map((der, index) =>
    parseCertificate(der, `device certificate ${index}`, nvidiaProfile),
  );
}

export function assertFive(certificates: readonly Certificate[]): DeviceChain {
  const [leaf, brom, provisioner, identity, root] = certificates;
  if (
    leaf === undefined ||
    brom === undefined ||
    provisioner === undefined ||
    identity === undefined ||
    root === undefined ||
    certificates.length > roles.length
  ) {
    throw new EvidenceError('chain', 'device chain', {
      expected: `${roles.length} certificates (${roles.join(', ')})`,
      actual: `${certificates.length}`,
    });
  }
  return { leaf, brom, provisioner, identity, root };
}

/** Chip and stepping as the leaf's name has them: `GH100 A01 GSP FMC LF`. */
export type DeviceName = { readonly chip: string; readonly stepping: string; readonly processor: string };

/** Roles by name, and one chip from the provisioner down. (A switch's provisioner is under the GPUs' identity.) */
export function readDeviceName({ leaf, brom, provisioner }: DeviceChain): DeviceName {
  const match = /^([A-Z0-9_]+) ([A-Z0-9]+) (GSP|FSP) FMC LF$/.exec(leaf.subjectCommonName);
  const [, chip, stepping, processor] = match ?? [];
  if (chip === undefined || stepping === undefined || processor === undefined) {
    throw new EvidenceError('chain', 'device leaf, common name', {
      expected: '"<chip> <stepping> GSP FMC LF" or "… FSP FMC LF"',
      actual: `"${leaf.subjectCommonName}"`,
    });
  }
  assertCommonName(brom, [`${chip} ${stepping} ${processor} BROM`], 'device BROM');
  const vendorAndChip = ` ${chip} Provisioner ICA `;
  if (!provisioner.subjectCommonName.includes(vendorAndChip)) {
    throw new EvidenceError('chain', 'device provisioner, common name', {
      expected: `"NVIDIA${vendorAndChip}…"`,
      actual: `"${provisioner.subjectCommonName}"`,
    });
  }
  return { chip, stepping, processor };
}

/** NVSwitch chips are called LS_10 and so on; their reports are read by other rules than a GPU's. */
export function assertDeviceKind(kind: DeviceKind, { chip }: DeviceName): void {
  const actual = chip.startsWith('LS') ? 'switch' : 'gpu';
  if (actual === kind) return;
  throw new EvidenceError('chain', 'kind of device', { expected: kind, actual: `${actual} (${chip})` });
}

export function assertIssuers(chain: DeviceChain): void {
  forEachLink(chain, assertIssuerName);
  assertIssuerName(chain.root, chain.root, 'device root');
}

/** The BROM key may sign its own leaf and nothing else in this chain; it has no CRL usage and no path length. */
export function assertUsages({ leaf, brom, provisioner, identity, root }: DeviceChain): void {
  [brom, provisioner, identity, root].forEach((authority, casBelow) => {
    assertCertificateSigner(authority, casBelow, `device ${roles[casBelow + 1]}`);
  });
  assertEndEntity(leaf, 'device leaf');
}

/** The root's own signature is not asked: the pin covers every byte of it. */
export function assertSignatures(chain: DeviceChain): void {
  forEachLink(chain, assertSignedBy);
}

export function assertValidity(chain: DeviceChain, atUnixSec: number): void {
  for (const role of roles) assertCertificateValid(chain[role], atUnixSec, `device ${role}`);
}

/** The fused key's certificate serial: unlike the leaf, it stays the same over firmware updates. */
export function deviceSerial({ brom }: DeviceChain): Hex {
  return brom.serial;
}

/** First moment at which a certificate of the chain has expired; leaf and BROM run to the year 9999. */
export function chainExpiryUnixSec(chain: DeviceChain): number {
  return Math.min(...roles.map((role) => chain[role].notAfterUnixSec));
}

function forEachLink(
  chain: DeviceChain,
  assert: (child: Certificate, issuer: Certificate, thing: string) => void,
): void {
  // From the root down, so that the first complaint names the link nearest to what is trusted.
  assert(chain.identity, chain.root, 'device identity');
  assert(chain.provisioner, chain.identity, 'device provisioner');
  assert(chain.brom, chain.provisioner, 'device BROM');
  assert(chain.leaf, chain.brom, 'device leaf');
}
