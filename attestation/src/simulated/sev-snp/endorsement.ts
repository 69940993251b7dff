import { BoundedMap } from '../../bytes/bounded-map.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import type { SigningKeyKind } from '../../sev-snp/guest-policy.ts';
import type { SnpProduct } from '../../sev-snp/product.ts';
import type { TcbVersion } from '../../sev-snp/tcb-version.ts';
import { type TrustAnchor, trustAnchorFromCertificate } from '../../trust-anchors.ts';
import { oid } from '../../x509/oids.ts';
import { encodePemChain } from '../../x509/pem.ts';
import { type CertificateSpec, type ExtensionSpec, writeCertificate } from '../certificate-writer.ts';
import { bitString, boolean, element, sequence, smallInteger } from '../der-writer.ts';
import { createRsaSigningKey } from '../rsa-signing-key.ts';
import { createP384SigningKey, deriveP384SecretKey, type SigningKey } from '../signing-key.ts';
import { type Adjust, applied, serialFor, vendorValidity } from '../vendor.ts';
import { simulatedArkKeyPem, simulatedAskKeyPem, simulatedAsvkKeyPem } from './development-keys.ts';

/** What the simulated AMD certifies about a key. */
export type LeafSpec = {
  readonly kind: SigningKeyKind;
  readonly structureVersion: number;
  readonly productName: string;
  readonly tcb: TcbVersion;
  readonly hwid: Uint8Array | undefined;
  readonly cspId: string | undefined;
};

/** Changes that a fault test makes before a certificate is signed. */
export type EndorsementAdjustments = {
  readonly leafFacts?: Adjust<LeafSpec>;
  readonly leaf?: Adjust<CertificateSpec>;
  readonly intermediate?: Adjust<CertificateSpec>;
  readonly root?: Adjust<CertificateSpec>;
};

export type Endorsement = {
  readonly rootKey: SigningKey;
  readonly leafKey: SigningKey;
  readonly leafDer: Uint8Array;
  readonly intermediateDer: Uint8Array;
  readonly rootDer: Uint8Array;
  /** Serial of the intermediate, which is what a CRL of AMD would list. */
  readonly intermediateSerial: Uint8Array;
  readonly rootName: string;
  /** PEM of intermediate and root, as AMD's key server sends them. */
  readonly issuersPem: string;
  readonly trustAnchor: TrustAnchor;
};

const keys = {
  ark: remembering(createRsaSigningKey(simulatedArkKeyPem)),
  ask: remembering(createRsaSigningKey(simulatedAskKeyPem)),
  asvk: remembering(createRsaSigningKey(simulatedAsvkKeyPem)),
};

/** Signing takes milliseconds, is the same every time, and most tests sign the same certificates. */
function remembering(key: SigningKey): SigningKey {
  const known = new BoundedMap<Uint8Array>(64);
  const sign = (message: Uint8Array): Uint8Array => {
    const name = bytesToHex(message);
    const signature = known.get(name) ?? key.sign(message);
    known.set(name, signature);
    return signature;
  };
  return { ...key, sign, signDer: sign };
}

const day = 86_400;

/** A chain of AMD's shape: ARK, ASK or ASVK, and a leaf over the key that `seed` names. */
export function createEndorsement(
  product: SnpProduct,
  facts: LeafSpec,
  seed: string,
  atUnixSec: number,
  rootKey: SigningKey = keys.ark,
  adjust: EndorsementAdjustments = {},
): Endorsement {
  const leafFacts = applied(adjust.leafFacts, facts);
  const isVlek = facts.kind === 'VLEK';
  const rootName = `ARK-${product}`;
  const intermediateKey = isVlek ? keys.asvk : keys.ask;
  const leafKey = createP384SigningKey(deriveP384SecretKey(`hearth simulated ${facts.kind} ${seed}`));
  const base = { ...vendorValidity, caPathLength: undefined, extraExtensions: [] };
  const root = applied(adjust.root, {
    ...base,
    commonName: rootName,
    issuerCommonName: rootName,
    serial: serialFor(rootName),
    subjectKey: rootKey,
    issuerKey: rootKey,
    ownExtensions: [usage(certificatesAndCrls), authority()],
  });
  const intermediate = applied(adjust.intermediate, {
    ...base,
    commonName: isVlek ? `SEV-VLEK-${product}` : `SEV-${product}`,
    issuerCommonName: rootName,
    serial: serialFor(`${facts.kind} authority ${product}`),
    subjectKey: intermediateKey,
    issuerKey: rootKey,
    ownExtensions: [authority(0), usage(certificates)],
  });
  const leaf = applied(adjust.leaf, {
    ...base,
    commonName: `SEV-${facts.kind}`,
    issuerCommonName: intermediate.commonName,
    // AMD numbers no leaf.
    serial: new Uint8Array(1),
    notBeforeUnixSec: atUnixSec - 30 * day,
    notAfterUnixSec: atUnixSec + (isVlek ? 335 : 7 * 365) * day,
    subjectKey: leafKey,
    issuerKey: intermediateKey,
    ownExtensions: leafExtensions(leafFacts),
  });
  const rootDer = writeCertificate(root);
  const intermediateDer = writeCertificate(intermediate);
  return {
    rootKey,
    leafKey,
    leafDer: writeCertificate(leaf),
    intermediateDer,
    rootDer,
    intermediateSerial: intermediate.serial,
    rootName,
    issuersPem: encodePemChain([intermediateDer, rootDer]),
    trustAnchor: trustAnchorFromCertificate(rootDer, true),
  };
}

/** What a CA may sign, for adjustments too. */
export const certificates = { bits: 0x04, unusedBits: 2 };
const certificatesAndCrls = { bits: 0x06, unusedBits: 1 };

export function usage({ bits, unusedBits }: { bits: number; unusedBits: number }): ExtensionSpec {
  return { id: oid.keyUsage, critical: true, value: bitString(Uint8Array.of(bits), unusedBits) };
}

export function authority(pathLength?: number): ExtensionSpec {
  const limit = pathLength === undefined ? [] : [smallInteger(pathLength)];
  return { id: oid.basicConstraints, critical: true, value: sequence(boolean(true), ...limit) };
}

const partOid = { bl: 1, tee: 2, snp: 3, ucode: 8, fmc: 9 } as const;

/** The extensions of a VCEK or VLEK, in AMD's arc. */
function leafExtensions({
  structureVersion,
  productName,
  tcb,
  hwid,
  cspId,
}: LeafSpec): readonly ExtensionSpec[] {
  const parts = Object.entries(tcb).map(([part, svn]) =>
    amdExtension(`3.${partOid[part as keyof typeof partOid]}`, smallInteger(svn)),
  );
  return [
    amdExtension('1', smallInteger(structureVersion)),
    amdExtension('2', ia5String(productName)),
    ...parts,
    ...(hwid === undefined ? [] : [amdExtension('4', hwid)]),
    ...(cspId === undefined ? [] : [amdExtension('5', ia5String(cspId))]),
  ];
}

/** One extension of AMD's arc, for adjustments too. */
export function amdExtension(arc: string, value: Uint8Array): ExtensionSpec {
  return { id: `${oid.amdSev}.${arc}`, critical: false, value };
}

export function ia5String(text: string): Uint8Array {
  return element(0x16, Buffer.from(text, 'latin1'));
}
