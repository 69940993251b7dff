import { createHash } from 'node:crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import { oid } from '../x509/oids.ts';
import { objectId, sequence, unsigned } from './der-writer.ts';

/** A key whose signatures are the same bytes every time (RFC 6979), so that simulated evidence is stable. */
export type SigningKey = {
  /** x ‖ y, or a DER RSAPublicKey. */
  readonly publicKey: Uint8Array;
  /** What a certificate's public key BIT STRING holds: 04 ‖ x ‖ y, or the RSAPublicKey. */
  readonly subjectPublicKey: Uint8Array;
  /** AlgorithmIdentifier of the key, and of its signatures. */
  readonly keyAlgorithm: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  /** r ‖ s over the curve's hash of the message, or an RSA signature. High s stays as it falls. */
  sign(message: Uint8Array): Uint8Array;
  /** What a signature BIT STRING holds: ECDSA-Sig-Value, or the RSA signature itself. */
  signDer(message: Uint8Array): Uint8Array;
};

const curves = {
  p256: { noble: p256, size: 32, id: oid.prime256v1, signatureId: oid.ecdsaWithSha256 },
  p384: { noble: p384, size: 48, id: oid.secp384r1, signatureId: oid.ecdsaWithSha384 },
} as const;

/** P-256 with SHA-256. */
export function createSigningKey(secretKey: Uint8Array): SigningKey {
  return createEcKey('p256', secretKey);
}

/** P-384 with SHA-384. */
export function createP384SigningKey(secretKey: Uint8Array): SigningKey {
  return createEcKey('p384', secretKey);
}

function createEcKey(curve: keyof typeof curves, secretKey: Uint8Array): SigningKey {
  const { noble, size, id, signatureId } = curves[curve];
  const subjectPublicKey = once([curve, secretKey], () => noble.getPublicKey(secretKey, false));
  const sign = (message: Uint8Array): Uint8Array =>
    once([curve, secretKey, message], () =>
      noble.sign(message, secretKey, { lowS: false, extraEntropy: false }),
    );
  return {
    publicKey: subjectPublicKey.slice(1),
    subjectPublicKey,
    keyAlgorithm: sequence(objectId(oid.ecPublicKey), objectId(id)),
    signatureAlgorithm: sequence(objectId(signatureId)),
    sign,
    signDer: (message) => {
      const signature = sign(message);
      return sequence(unsigned(signature.subarray(0, size)), unsigned(signature.subarray(size)));
    },
  };
}

const made = new Map<string, Uint8Array>();
const maxMade = 1_000;

/** Equal keys and messages give equal bytes, and evidence with one fault shares almost all with what has none. */
function once(from: readonly (string | Uint8Array)[], make: () => Uint8Array): Uint8Array {
  const digests = from.map((part) => createHash('sha256').update(part).digest('hex'));
  const name = digests.join();
  const bytes = made.get(name) ?? make();
  if (made.size >= maxMade) made.clear();
  made.set(name, bytes);
  return bytes.slice();
}

/** SHA-256(text) mod n, the way every simulated P-256 key comes from its label. */
export function deriveSecretKey(label: string): Uint8Array {
  return toScalar(createHash('sha256').update(label).digest('hex'), p256.Point.Fn.ORDER, 32);
}

/** SHA-384(text) mod n for P-384. */
export function deriveP384SecretKey(label: string): Uint8Array {
  return toScalar(createHash('sha384').update(label).digest('hex'), p384.Point.Fn.ORDER, 48);
}

function toScalar(digest: string, order: bigint, size: number): Uint8Array {
  const scalar = BigInt(`0x${digest}`) % order;
  return Uint8Array.from(Buffer.from(scalar.toString(16).padStart(2 * size, '0'), 'hex'));
}
