import { createECDH, createHash, createHmac } from 'node:crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import { createHmacDrbg } from '@noble/curves/utils.js';
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
  p256: {
    name: 'prime256v1',
    hash: 'sha256',
    scalars: p256.Point.Fn,
    size: 32,
    id: oid.prime256v1,
    signatureId: oid.ecdsaWithSha256,
  },
  p384: {
    name: 'secp384r1',
    hash: 'sha384',
    scalars: p384.Point.Fn,
    size: 48,
    id: oid.secp384r1,
    signatureId: oid.ecdsaWithSha384,
  },
} as const;
type Curve = (typeof curves)[keyof typeof curves];

/** P-256 with SHA-256. */
export function createSigningKey(secretKey: Uint8Array): SigningKey {
  return createEcKey('p256', secretKey);
}

/** P-384 with SHA-384. */
export function createP384SigningKey(secretKey: Uint8Array): SigningKey {
  return createEcKey('p384', secretKey);
}

function createEcKey(of: keyof typeof curves, secretKey: Uint8Array): SigningKey {
  const curve = curves[of];
  const { size, id, signatureId } = curve;
  const subjectPublicKey = once([of, secretKey], () => timesBasePoint(curve, secretKey));
  const sign = (message: Uint8Array): Uint8Array =>
    once([of, secretKey, message], () => signEcdsa(curve, secretKey, message));
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

/** 04 ‖ x ‖ y. OpenSSL's: a curve in JavaScript first makes its tables, a tenth of a second in every process. */
function timesBasePoint({ name }: Curve, scalar: Uint8Array): Uint8Array {
  const key = createECDH(name);
  key.setPrivateKey(scalar);
  return key.getPublicKey();
}

/** ECDSA with RFC 6979's nonce, which node:crypto does not offer. @returns r ‖ s */
function signEcdsa(curve: Curve, secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  const { hash, scalars, size } = curve;
  const hmac = (key: Uint8Array, text: Uint8Array) => createHmac(hash, key).update(text).digest();
  const scalarOf = (bytes: Uint8Array) => scalars.create(scalars.fromBytes(bytes, true));
  const digest = scalarOf(createHash(hash).update(message).digest());
  const nonces = createHmacDrbg<Uint8Array>(size, size, hmac);
  return nonces(Buffer.concat([secretKey, scalars.toBytes(digest)]), (nonce) => {
    if (!scalars.isValidNot0(scalars.fromBytes(nonce, true))) return undefined;
    const r = scalarOf(timesBasePoint(curve, nonce).subarray(1, 1 + size));
    const s = scalars.div(scalars.add(digest, scalars.mul(r, scalarOf(secretKey))), scalarOf(nonce));
    return scalars.is0(r) || scalars.is0(s)
      ? undefined
      : Buffer.concat([scalars.toBytes(r), scalars.toBytes(s)]);
  });
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
  return Uint8Array.from(bytes); // a copy: a slice of a Buffer is none
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
