import {
  constants,
  createHash,
  createPublicKey,
  hash as hashOnce,
  type KeyObject,
  verify,
} from 'node:crypto';
import { BoundedMap } from '../bytes/bounded-map.ts';
import type { CryptoEngine, EcdsaCurve, HashName, RsaPublicKey, RsaScheme } from './engine.ts';

/** OpenSSL through node:crypto: the fastest that Node has. */
export const engine: CryptoEngine = { digest, verifyEcdsa, verifyRsa };

/** SubjectPublicKeyInfo of an uncompressed point, up to the 0x04 byte. */
const spkiPrefix: Readonly<Record<EcdsaCurve, Buffer>> = {
  p256: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
  p384: Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex'),
};

/** Vendor keys come back with every piece of evidence, and importing one costs half a verification. */
const importedKeys = new BoundedMap<KeyObject>(64);

function digest(hash: HashName, parts: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return plainBytes(hashOnce(hash, only, 'buffer'));
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return plainBytes(state.digest());
}

/** Callers get the same type in Node and in a browser: a Buffer's methods differ from a Uint8Array's. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function verifyEcdsa(
  curve: EcdsaCurve,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  const key = importOnce(`${curve} ${latin1(publicKey)}`, () =>
    createPublicKey({
      key: Buffer.concat([spkiPrefix[curve], publicKey]),
      format: 'der',
      type: 'spki',
    }),
  );
  return verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function verifyRsa(
  scheme: RsaScheme,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  { modulus, exponent }: RsaPublicKey,
): boolean {
  const jwk = { kty: 'RSA', n: base64Url(modulus), e: base64Url(exponent) };
  const key = importOnce(`rsa ${jwk.e} ${jwk.n}`, () => createPublicKey({ key: jwk, format: 'jwk' }));
  const padding =
    scheme === 'pss'
      ? {
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }
      : { padding: constants.RSA_PKCS1_PADDING };
  return verify(hash, message, { key, ...padding }, signature);
}

function importOnce(name: string, load: () => KeyObject): KeyObject {
  const known = importedKeys.get(name);
  if (known !== undefined) return known;
  const key = load();
  importedKeys.set(name, key);
  return key;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
