import * as crypto from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';

/**
 * The hybrid KEM 0x647a, MLKEM768-X25519 (X-Wing, draft-connolly-cfrg-xwing-kem), over OpenSSL without a thread's detour for each
 * step: `sealed-job` vectors and two other implementations pin it.
 */
export interface XWingPublicKey {
  readonly bytes: Uint8Array;
  readonly mlKem: KeyObject;
  readonly x25519: KeyObject;
}

export interface XWingPrivateKey {
  readonly seed: Uint8Array;
  readonly mlKem: KeyObject;
  readonly x25519: KeyObject;
  readonly publicKey: XWingPublicKey;
}

/** Newer than the types: Node 24.7 has them. */
const { encapsulate, decapsulate } = crypto as unknown as Partial<{
  encapsulate(key: KeyObject): { readonly sharedKey: Uint8Array; readonly ciphertext: Uint8Array };
  decapsulate(key: KeyObject, ciphertext: Uint8Array): Uint8Array;
}>;

export const hasXWing = encapsulate !== undefined && decapsulate !== undefined;

const ML_KEM_PUBLIC_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
const ML_KEM_SEED_BYTES = 64;
const SECRET_BYTES = 96;

export function publicKeyOf(bytes: Uint8Array): XWingPublicKey {
  return {
    bytes: bytes.slice(),
    mlKem: spki(ML_KEM_SPKI, bytes.subarray(0, ML_KEM_PUBLIC_BYTES)),
    x25519: x25519PublicKey(bytes.subarray(ML_KEM_PUBLIC_BYTES)),
  };
}

/** @param seed 32 bytes */
export function privateKeyOf(seed: Uint8Array): XWingPrivateKey {
  const secret = createHash('shake256', { outputLength: SECRET_BYTES }).update(seed).digest();
  const mlKem = pkcs8(ML_KEM_PKCS8, secret.subarray(0, ML_KEM_SEED_BYTES));
  const x25519 = pkcs8(X25519_PKCS8, secret.subarray(ML_KEM_SEED_BYTES));
  const bytes = Buffer.concat([
    derOf(createPublicKey(mlKem)).subarray(ML_KEM_SPKI.length),
    derOf(createPublicKey(x25519)).subarray(X25519_SPKI.length),
  ]);
  return { seed: seed.slice(), mlKem, x25519, publicKey: publicKeyOf(bytes) };
}

export function encap(to: XWingPublicKey): { shared_secret: Uint8Array; enc: Uint8Array } {
  if (!encapsulate) throw new Error('this Node has no ML-KEM');
  const { sharedKey, ciphertext } = encapsulate(to.mlKem);
  const ephemeral = crypto.generateKeyPairSync('x25519');
  const point = Buffer.from(String(ephemeral.publicKey.export({ format: 'jwk' }).x), 'base64url');
  const dh = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: to.x25519 });
  return {
    shared_secret: combined(sharedKey, dh, point, to),
    enc: new Uint8Array(Buffer.concat([ciphertext, point])),
  };
}

export function decap(enc: Uint8Array, key: XWingPrivateKey): Uint8Array {
  if (!decapsulate) throw new Error('this Node has no ML-KEM');
  const point = enc.subarray(ML_KEM_CIPHERTEXT_BYTES);
  const sharedKey = decapsulate(key.mlKem, enc.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
  const dh = diffieHellman({ privateKey: key.x25519, publicKey: x25519PublicKey(point) });
  return combined(sharedKey, dh, point, key.publicKey);
}

const LABEL = Buffer.from('\\.//^\\', 'latin1');

function combined(mlKem: Uint8Array, dh: Uint8Array, point: Uint8Array, to: XWingPublicKey): Uint8Array {
  const hash = createHash('sha3-256').update(mlKem).update(dh).update(point);
  return new Uint8Array(hash.update(to.bytes.subarray(ML_KEM_PUBLIC_BYTES)).update(LABEL).digest());
}

// DER in front of the raw keys (RFC 8410, RFC 9935): Node takes no raw ones.
const ML_KEM_SPKI = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const ML_KEM_PKCS8 = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** By JWK, which OpenSSL decodes in half the time of DER: the ephemeral key of each job comes this way. */
const x25519PublicKey = (bytes: Uint8Array): KeyObject =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(bytes).toString('base64url') },
    format: 'jwk',
  });

const spki = (prefix: Buffer, bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([prefix, bytes]), format: 'der', type: 'spki' });

const pkcs8 = (prefix: Buffer, bytes: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([prefix, bytes]), format: 'der', type: 'pkcs8' });

const derOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });
