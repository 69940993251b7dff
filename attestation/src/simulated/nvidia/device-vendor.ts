import { derTag } from '../../x509/der-reader.ts';
import { oid } from '../../x509/oids.ts';
import { type CertificateSpec, type ExtensionSpec, writeCertificate } from '../certificate-writer.ts';
import { bitString, boolean, element, objectId, octetString, sequence, smallInteger } from '../der-writer.ts';
import type { SigningKey } from '../signing-key.ts';
import { type Adjust, applied, serialFor, vendorName, vendorValidity } from '../vendor.ts';
import { rememberedKey } from './remembered-key.ts';

/** Chips whose evidence differs in shape: Hopper, Blackwell, and the NVSwitch of Hopper systems. */
export type SimulatedChip = 'GH100' | 'GB100' | 'LS_10';

/** Public on purpose: whoever holds it can only fake evidence that says "simulated". */
export const simulatedDeviceRootLabel = 'hearth simulated NVIDIA device root, worthless by design';

/** Changes that a fault test makes before a certificate is signed. */
export type DeviceAdjustments = {
  readonly root?: Adjust<CertificateSpec>;
  readonly identity?: Adjust<CertificateSpec>;
  readonly provisioner?: Adjust<CertificateSpec>;
  readonly brom?: Adjust<CertificateSpec>;
  readonly leaf?: Adjust<CertificateSpec>;
};

export type DeviceKeys = Readonly<Record<'root' | 'identity' | 'provisioner' | 'brom' | 'leaf', SigningKey>>;

export type SimulatedDeviceChain = {
  readonly keys: DeviceKeys;
  /** 9 bytes, as NVIDIA's: a type byte, then the public device id. */
  readonly serial: Uint8Array;
  /** SHA-384 of the firmware that the leaf key belongs to. */
  readonly firmwareId: Uint8Array;
  /** As written, for OCSP answers and CRLs about them. */
  readonly specs: Readonly<Record<keyof DeviceKeys, CertificateSpec>>;
  /** DER: leaf, BROM, provisioner, identity, root. */
  readonly certificates: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
};

const ca = { certificates: 0x04, certificatesAndCrls: 0x06 };
const digitalSignature = 0x80;

/** A device's five certificates. Equal seeds are one and the same device; another root label is another vendor. */
export function createDeviceChain(
  chip: SimulatedChip,
  seed: string,
  firmwareId: Uint8Array,
  rootLabel: string = simulatedDeviceRootLabel,
  adjust: DeviceAdjustments = {},
): SimulatedDeviceChain {
  const key = (role: string): SigningKey => rememberedKey(`hearth simulated NVIDIA ${role}`);
  const keys: DeviceKeys = {
    root: rememberedKey(rootLabel),
    identity: key('identity'),
    provisioner: key(`provisioner ${chip}`),
    brom: key(`BROM ${seed}`),
    leaf: key(`leaf ${seed}`),
  };
  const serial = Uint8Array.of(
    chip === 'LS_10' ? 0x50 : 0x41,
    ...serialFor(`device ${chip} ${seed}`).subarray(0, 8),
  );
  const names = commonNamesOf(chip);
  const base = { ...vendorValidity, caPathLength: undefined, extraExtensions: [] };
  const authority = (
    role: 'root' | 'identity' | 'provisioner',
    issuer: 'root' | 'identity',
  ): CertificateSpec => ({
    ...base,
    commonName: names[role],
    issuerCommonName: names[issuer],
    serial: serialFor(names[role]).subarray(0, 16),
    subjectKey: keys[role],
    issuerKey: keys[issuer],
    ownExtensions: [basicConstraints, keyUsage(ca.certificatesAndCrls)],
  });
  const brom: CertificateSpec = {
    ...base,
    commonName: names.brom,
    issuerCommonName: names.provisioner,
    serial,
    subjectKey: keys.brom,
    issuerKey: keys.provisioner,
    ownExtensions: [basicConstraints, keyUsage(ca.certificates)],
  };
  const leaf: CertificateSpec = {
    ...base,
    commonName: names.leaf,
    issuerCommonName: names.brom,
    serial: serialFor(`NVIDIA leaf ${seed}`),
    subjectKey: keys.leaf,
    issuerKey: keys.brom,
    ownExtensions: [keyUsage(digitalSignature), firmwareIdExtension(chip, keys.brom, firmwareId)],
  };
  const specs = {
    leaf: applied(adjust.leaf, leaf),
    brom: applied(adjust.brom, brom),
    provisioner: applied(adjust.provisioner, authority('provisioner', 'identity')),
    identity: applied(adjust.identity, authority('identity', 'root')),
    root: applied(adjust.root, authority('root', 'root')),
  };
  const certificates = [
    writeCertificate(specs.leaf),
    writeCertificate(specs.brom),
    writeCertificate(specs.provisioner),
    writeCertificate(specs.identity),
    writeCertificate(specs.root),
  ] as const;
  return { keys, serial, firmwareId, specs, certificates };
}

export function commonNamesOf(chip: SimulatedChip): Readonly<Record<keyof DeviceKeys, string>> {
  const processor = chip === 'LS_10' ? 'FSP' : 'GSP';
  return {
    root: `${vendorName} NVIDIA-shaped Device Identity CA`,
    // The switch's provisioner is under the identity of the GPUs, as NVIDIA's is.
    identity: `${vendorName} ${chip === 'LS_10' ? 'GH100' : chip} Identity`,
    provisioner: `${vendorName} ${chip} Provisioner ICA 1`,
    brom: `${chip} A01 ${processor} BROM`,
    leaf: `${chip} A01 ${processor} FMC LF`,
  };
}

/** CA without path length: NVIDIA's have none. */
export const basicConstraints: ExtensionSpec = {
  id: oid.basicConstraints,
  critical: true,
  value: sequence(boolean(true)),
};

export function keyUsage(bits: number): ExtensionSpec {
  const unusedBits = Math.log2(bits & -bits);
  return { id: oid.keyUsage, critical: true, value: bitString(Uint8Array.of(bits), unusedBits) };
}

/** DiceTcbInfo on Blackwell, CompositeDeviceID before. */
export function firmwareIdExtension(
  chip: SimulatedChip,
  brom: SigningKey,
  firmwareId: Uint8Array,
): ExtensionSpec {
  const fwid = (digest: Uint8Array): Uint8Array =>
    sequence(objectId('2.16.840.1.101.3.4.2.2'), octetString(digest));
  if (chip === 'GB100') {
    const vendor = element(0x80, Buffer.from(vendorName, 'latin1'));
    const value = sequence(vendor, element(0xa6, fwid(firmwareId), fwid(new Uint8Array(48))));
    return { id: '2.23.133.5.4.1.1', critical: false, value };
  }
  const deviceId = sequence(brom.keyAlgorithm, bitString(brom.subjectPublicKey));
  return {
    id: '2.23.133.5.4.1',
    critical: false,
    value: element(derTag.sequence, smallInteger(1), deviceId, fwid(firmwareId)),
  };
}
