import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CryptoEngine, RunningSha256 } from './engine.ts';

/** Synchronous and self-contained: WebCrypto is asynchronous, and absent outside secure contexts. */
export const engine: CryptoEngine = {
  newSha256,
  randomBytes: (byteLength) => globalThis.crypto.getRandomValues(new Uint8Array(byteLength)),
  ed25519Signer: (seed) => ({
    publicKey: ed25519.getPublicKey(seed),
    sign: (bytes) => ed25519.sign(bytes, seed),
  }),
  // RFC 8032, as OpenSSL has it: noble's default takes encodings that others refuse.
  verifyEd25519: (bytes, signature, publicKey) =>
    ed25519.verify(signature, bytes, publicKey, { zip215: false }),
  encodeBase64: (bytes) => btoa(binary(bytes)),
  decodeBase64,
};

function newSha256(): RunningSha256 {
  const hash = sha256.create();
  return { update: (bytes) => hash.update(bytes), digest: () => hash.clone().digest() };
}

/** `fromCharCode` takes so many arguments at once, and no more. */
const CHUNK = 8192;

function binary(bytes: Uint8Array): string {
  const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, at) =>
    String.fromCharCode(...bytes.subarray(at * CHUNK, (at + 1) * CHUNK)),
  );
  return chunks.join('');
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
