import { bytesToHex, type Hex, hexToBytes } from './bytes/hex.ts';
import { type EcdsaCurve, sha256 } from './crypto/index.ts';
import { EvidenceError } from './errors.ts';
import { type Certificate, parseCertificate } from './x509/certificate.ts';
import { anyRootProfile } from './x509/profiles.ts';
import { isSameKey, type PublicKey } from './x509/public-key.ts';

/** A root that the caller trusts. The root inside the evidence is only ever compared with it. */
export type TrustAnchor = {
  readonly name: string;
  /** Evidence under this root proves nothing about hardware; appraisal refuses it unless asked. */
  readonly simulated: boolean;
  /** SHA-256 of the root certificate's DER. */
  readonly certificateSha256: Hex;
  readonly publicKey: TrustAnchorKey;
};

/** A root's key as JSON-ready values: x ‖ y of a point, or modulus and exponent. */
export type TrustAnchorKey =
  | { readonly algorithm: EcdsaCurve; readonly point: Hex }
  | { readonly algorithm: 'rsa'; readonly modulus: Hex; readonly exponent: Hex };

/** CN=Intel SGX Root CA, valid until 2049-12-31; published by Intel at certificates.trustedservices.intel.com. */
export const intelSgxRootCa: TrustAnchor = {
  name: 'Intel SGX Root CA',
  simulated: false,
  certificateSha256: '0x44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3',
  publicKey: {
    algorithm: 'p256',
    point:
      '0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f567918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394',
  },
};

/**
 * The development root of `src/simulated/`, whose private key is public and worthless by design. Written out here,
 * so that verifying needs no signing code; a test derives it again.
 */
export const simulatedRootCa: TrustAnchor = {
  name: 'Hearth Simulated SGX Root CA',
  simulated: true,
  certificateSha256: '0xac81be4d3d62d5c55adb3b0f754b682539b0dfdcb74467268e72935a6b547c98',
  publicKey: {
    algorithm: 'p256',
    point:
      '0x3e36a0c50ac288b28d9e040a2556431e5b85e1a817e674f6fb998c15d920a29b266e5f1fc7634eeef38e36cf9129a4f54bb8bd2180d5ed1bfb3e139cfa78e216',
  },
};

/** An anchor for any other root, such as that of a test; throws EvidenceError if `der` is not a usable certificate. */
export function trustAnchorFromCertificate(der: Uint8Array, simulated: boolean): TrustAnchor {
  const certificate = parseCertificate(der, 'trust anchor', anyRootProfile);
  return {
    name: certificate.subjectCommonName,
    simulated,
    certificateSha256: certificateSha256(der),
    publicKey: toAnchorKey(certificate.publicKey),
  };
}

/** The anchor whose certificate and key the root equals, whole: a matching name is no match. */
export function matchTrustAnchor(root: Certificate, anchors: readonly TrustAnchor[]): TrustAnchor {
  const sha256OfRoot = certificateSha256(root.der);
  const anchor = anchors.find(
    (one) => one.certificateSha256 === sha256OfRoot && isSameKey(trustAnchorKey(one), root.publicKey),
  );
  if (anchor === undefined) {
    const expected = anchors.map((one) => one.name).join(' or ') || 'a trust anchor (none given)';
    throw new EvidenceError('chain', 'root certificate', { expected, actual: `SHA-256 ${sha256OfRoot}` });
  }
  return anchor;
}

/** The anchor's key, for what its owner signed: the certificate itself need not be at hand. */
export function trustAnchorKey({ publicKey }: TrustAnchor): PublicKey {
  return publicKey.algorithm === 'rsa'
    ? { algorithm: 'rsa', modulus: hexToBytes(publicKey.modulus), exponent: hexToBytes(publicKey.exponent) }
    : { algorithm: publicKey.algorithm, point: hexToBytes(publicKey.point) };
}

export function certificateSha256(der: Uint8Array): Hex {
  return bytesToHex(sha256(der));
}

function toAnchorKey(key: PublicKey): TrustAnchorKey {
  return key.algorithm === 'rsa'
    ? { algorithm: 'rsa', modulus: bytesToHex(key.modulus), exponent: bytesToHex(key.exponent) }
    : { algorithm: key.algorithm, point: bytesToHex(key.point) };
}
