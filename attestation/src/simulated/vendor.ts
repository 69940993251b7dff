import { createHash } from 'node:crypto';
import { type CertificateSpec, writeCertificate } from './certificate-writer.ts';
import { createSigningKey, deriveSecretKey, type SigningKey } from './signing-key.ts';

/** Public on purpose: whoever holds it can only fake evidence that says "simulated". */
export const simulatedRootLabel = 'hearth simulated vendor root, worthless by design';

export const vendorName = 'Hearth Simulated';
export const commonNames = {
  root: `${vendorName} SGX Root CA`,
  platformCa: `${vendorName} SGX PCK Platform CA`,
  pck: `${vendorName} SGX PCK Certificate`,
  tcbSigner: `${vendorName} SGX TCB Signing`,
} as const;

/** All vendor certificates have fixed dates, so that the root is the same bytes for ever and can be pinned. */
export const vendorValidity = {
  notBeforeUnixSec: Date.UTC(2024, 0, 1) / 1000,
  notAfterUnixSec: Date.UTC(2049, 11, 31, 23, 59, 59) / 1000,
} as const;

export type Adjust<Spec> = (spec: Spec) => Spec;

/** Changes that a fault test makes before a certificate is signed. */
export type VendorAdjustments = {
  readonly root?: Adjust<CertificateSpec>;
  readonly intermediate?: Adjust<CertificateSpec>;
  readonly tcbSigner?: Adjust<CertificateSpec>;
};

export type SimulatedVendor = {
  readonly rootKey: SigningKey;
  readonly platformCaKey: SigningKey;
  readonly tcbSignerKey: SigningKey;
  readonly tcbSigner: CertificateSpec;
  readonly platformCa: CertificateSpec;
  readonly rootDer: Uint8Array;
  readonly platformCaDer: Uint8Array;
  readonly tcbSignerDer: Uint8Array;
};

/** The vendor's three authorities. Another `rootSecretKey` makes another vendor, such as a forger's. */
export function createVendor(
  rootSecretKey: Uint8Array = deriveSecretKey(simulatedRootLabel),
  adjust: VendorAdjustments = {},
): SimulatedVendor {
  const rootKey = createSigningKey(rootSecretKey);
  const platformCaKey = createSigningKey(deriveSecretKey('hearth simulated PCK Platform CA'));
  const tcbSignerKey = createSigningKey(deriveSecretKey('hearth simulated TCB Signing'));
  const byRoot = {
    issuerCommonName: commonNames.root,
    issuerKey: rootKey,
    ...vendorValidity,
    extraExtensions: [],
  };
  const root = applied(adjust.root, {
    ...byRoot,
    commonName: commonNames.root,
    serial: serialFor('root'),
    subjectKey: rootKey,
    caPathLength: 1,
  });
  const platformCa = applied(adjust.intermediate, {
    ...byRoot,
    commonName: commonNames.platformCa,
    serial: serialFor('platform CA'),
    subjectKey: platformCaKey,
    caPathLength: 0,
  });
  const tcbSigner = applied(adjust.tcbSigner, {
    ...byRoot,
    commonName: commonNames.tcbSigner,
    serial: serialFor('TCB signer'),
    subjectKey: tcbSignerKey,
    caPathLength: undefined,
  });
  return {
    rootKey,
    platformCaKey,
    tcbSignerKey,
    tcbSigner,
    platformCa,
    rootDer: writeCertificate(root),
    platformCaDer: writeCertificate(platformCa),
    tcbSignerDer: writeCertificate(tcbSigner),
  };
}

export function applied<Spec>(adjust: Adjust<Spec> | undefined, spec: Spec): Spec {
  return adjust === undefined ? spec : adjust(spec);
}

/** 20 bytes, positive, never shorter: the length Intel's serials have at most. */
export function serialFor(label: string): Uint8Array {
  const serial = createHash('sha256').update(`hearth simulated serial ${label}`).digest().subarray(0, 20);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return Uint8Array.from(serial);
}
