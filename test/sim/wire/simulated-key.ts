import { createHash } from 'node:crypto';
import { fromHex, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { type Ed25519Key, type MessageKind, type Signed, signedBytes } from '@hearth/sdk/protocol';

/**
 * A key of the world of messages: it signs with a hash over its public half and the bytes of production's signatures, because
 * the arithmetic of Ed25519 was more than half of a run. Anybody could forge one, and nobody in that world does: what is
 * altered on its way or said by another one is still refused.
 */
export function simulatedKey(name: string): Ed25519Key {
  const publicKey = sha256(new TextEncoder().encode(name));
  return { publicKey: toHex(publicKey), sign: (bytes) => signature(publicKey, bytes) };
}

export function isSignedBy<Body>(kind: MessageKind<Body>, message: Signed<Body>, publicKey: Hex): boolean {
  return message.signature === toHex(signature(fromHex(publicKey), signedBytes(kind, message.body)));
}

const signature = (publicKey: Uint8Array, bytes: Uint8Array): Uint8Array =>
  createHash('sha512').update(publicKey).update(bytes).digest();
