import { type TrustAnchor, trustAnchorFromCertificate } from '../../trust-anchors.ts';
import { type CertificateSpec, writeCertificate } from '../certificate-writer.ts';
import { createP384SigningKey, deriveP384SecretKey, type SigningKey } from '../signing-key.ts';
import { type Adjust, applied, serialFor, vendorName, vendorValidity } from '../vendor.ts';

/** Public on purpose: whoever holds it can only make reference manifests that say "simulated". */
export const simulatedCorimRootLabel = 'hearth simulated CoRIM root, worthless by design';

export const rimCommonNames = {
  root: `${vendorName} CoRIM signing Root CA`,
  authority: `${vendorName} Reference Value CA`,
  signer: `${vendorName} RIM Signer`,
} as const;

/** Changes that a fault test makes before a certificate is signed. */
export type RimAuthorityAdjustments = {
  readonly root?: Adjust<CertificateSpec>;
  readonly authority?: Adjust<CertificateSpec>;
  readonly signer?: Adjust<CertificateSpec>;
};

export type RimAuthorities = {
  readonly rootKey: SigningKey;
  readonly authorityKey: SigningKey;
  readonly signerKey: SigningKey;
  readonly signer: CertificateSpec;
  readonly authority: CertificateSpec;
  /** DER, signer first. */
  readonly chain: readonly [signer: Uint8Array, authority: Uint8Array, root: Uint8Array];
  readonly trustAnchor: TrustAnchor;
};

/** Root, authority and signer of reference manifests. Another root key makes another vendor, such as a forger's. */
export function createRimAuthorities(
  rootSecretKey: Uint8Array = deriveP384SecretKey(simulatedCorimRootLabel),
  adjust: RimAuthorityAdjustments = {},
): RimAuthorities {
  const rootKey = createP384SigningKey(rootSecretKey);
  const authorityKey = createP384SigningKey(deriveP384SecretKey('hearth simulated Reference Value CA'));
  const signerKey = createP384SigningKey(deriveP384SecretKey('hearth simulated RIM signer'));
  const common = { ...vendorValidity, extraExtensions: [] };
  const byRoot = { ...common, issuerCommonName: rimCommonNames.root, issuerKey: rootKey };
  const root = applied(adjust.root, {
    ...byRoot,
    commonName: rimCommonNames.root,
    serial: serialFor('CoRIM root'),
    subjectKey: rootKey,
    caPathLength: 1,
  });
  const authority = applied(adjust.authority, {
    ...byRoot,
    commonName: rimCommonNames.authority,
    serial: serialFor('Reference Value CA'),
    subjectKey: authorityKey,
    caPathLength: 0,
  });
  const signer = applied(adjust.signer, {
    ...common,
    issuerCommonName: rimCommonNames.authority,
    issuerKey: authorityKey,
    commonName: rimCommonNames.signer,
    serial: serialFor('RIM signer'),
    subjectKey: signerKey,
    caPathLength: undefined,
  });
  const rootDer = writeCertificate(root);
  return {
    rootKey,
    authorityKey,
    signerKey,
    signer,
    authority,
    chain: [writeCertificate(signer), writeCertificate(authority), rootDer],
    trustAnchor: trustAnchorFromCertificate(rootDer, true),
  };
}
