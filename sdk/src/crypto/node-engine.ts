import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes as fillRandom,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { CryptoEngine, Ed25519Signer, RunningSha256 } from './engine.ts';

/** OpenSSL through node:crypto: the fastest that Node has. */
export const engine: CryptoEngine = {
  newSha256,
  randomBytes,
  ed25519Signer,
  verifyEd25519,
  encodeBase64,
  decodeBase64,
};

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Nodes sign again and again, and importing a key costs nearly as much as verifying with it. */
const MOST_IMPORTED_KEYS = 4_096;
const importedKeys = new Map<string, KeyObject>();

function newSha256(): RunningSha256 {
  const hash = createHash('sha256');
  return { update: (bytes) => hash.update(bytes), digest: () => hash.copy().digest() };
}

/** Not of Buffer's pool: what is secret lies in memory of its own. */
function randomBytes(byteLength: number): Uint8Array {
  return Uint8Array.from(fillRandom(byteLength));
}

function ed25519Signer(seed: Uint8Array): Ed25519Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: Uint8Array.from(spki.subarray(SPKI_PREFIX.length)),
    sign: (bytes) => Uint8Array.from(sign(null, bytes, key)),
  };
}

function verifyEd25519(bytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return verify(null, bytes, importOnce(publicKey), signature);
}

function importOnce(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString('latin1');
  const known = importedKeys.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  const [oldest] = importedKeys.keys();
  if (importedKeys.size >= MOST_IMPORTED_KEYS && oldest !== undefined) importedKeys.delete(oldest);
  importedKeys.set(name, key);
  return key;
}

function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
