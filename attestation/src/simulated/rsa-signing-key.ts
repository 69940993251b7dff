import { constants, createHash, createPrivateKey, createPublicKey, privateDecrypt } from 'node:crypto';
import { element, objectId, sequence, smallInteger } from './der-writer.ts';
import type { SigningKey } from './signing-key.ts';

const sha384 = sequence(objectId('2.16.840.1.101.3.4.2.2'), element(0x05));
/** RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes, as AMD writes it. */
const signatureAlgorithm = sequence(
  objectId('1.2.840.113549.1.1.10'),
  sequence(
    element(0xa0, sha384),
    element(0xa1, sequence(objectId('1.2.840.113549.1.1.8'), sha384)),
    element(0xa2, smallInteger(48)),
    element(0xa3, smallInteger(1)),
  ),
);
const keyAlgorithm = sequence(objectId('1.2.840.113549.1.1.1'), element(0x05));

/**
 * RSA-PSS with SHA-384 of a key whose size is a multiple of 8. The salt follows from the message, so that equal
 * messages give equal bytes: good enough for a development vendor, whose private key is public anyway.
 */
export function createRsaSigningKey(privateKeyPem: string): SigningKey {
  const privateKey = createPrivateKey(privateKeyPem);
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'pkcs1' }));
  const modulusBytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const sign = (message: Uint8Array): Uint8Array => {
    const encoded = encodePss(message, modulusBytes);
    // The raw private operation: node:crypto's own PSS draws a random salt.
    return new Uint8Array(privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded));
  };
  return {
    publicKey,
    subjectPublicKey: publicKey,
    keyAlgorithm,
    signatureAlgorithm,
    sign,
    signDer: sign,
  };
}

/** EMSA-PSS-ENCODE (RFC 8017 §9.1.1). */
function encodePss(message: Uint8Array, length: number): Uint8Array {
  const digest = hash(message);
  const salt = hash(Buffer.from('hearth simulated PSS salt'), digest);
  const h = hash(new Uint8Array(8), digest, salt);
  const db = Buffer.concat([Buffer.alloc(length - 2 * 48 - 2), Buffer.of(1), salt]);
  const masked = db.map((byte, index) => byte ^ maskByte(h, index));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, h, Buffer.of(0xbc)]);
}

/** One byte of MGF1. */
function maskByte(seed: Uint8Array, index: number): number {
  return hash(seed, Buffer.of(0, 0, 0, Math.floor(index / 48)))[index % 48] ?? 0;
}

function hash(...parts: Uint8Array[]): Buffer {
  const state = createHash('sha384');
  for (const part of parts) state.update(part);
  return state.digest();
}
