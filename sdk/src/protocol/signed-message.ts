import { fromHex, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { concatBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import * as crypto from '../crypto/index.ts';
import { canonicalBytes } from './canonical-json.ts';
import { HearthError } from './errors.ts';
import { signature64 } from './units.ts';

/**
 * Messages signed with an Ed25519 key (node key or log key): a JSON body and a signature over
 * `"hearth <kind>/1\n" ‖ JCS(body)`. The kind keeps a signature for one purpose from serving another.
 * The id of a message is SHA-256 over the same bytes, so it does not depend on the signature.
 */
export type Signed<Body> = { body: Body; signature: Hex };

export type MessageKind<Body, BodyJson = unknown> = {
  readonly kind: string;
  /** Codec of the body: its JSON form is what is signed. */
  readonly body: z.ZodType<Body, BodyJson>;
  readonly schema: z.ZodType<Signed<Body>, { body: BodyJson; signature: Hex }>;
};

export function messageKind<Body, BodyJson>(
  kind: string,
  body: z.ZodType<Body, BodyJson>,
): MessageKind<Body, BodyJson> {
  const schema = z.strictObject({ body, signature: signature64 });
  return { kind, body, schema: schema as unknown as MessageKind<Body, BodyJson>['schema'] };
}

export function signedBytes<Body>(kind: MessageKind<Body>, body: Body): Uint8Array {
  const head = new TextEncoder().encode(`hearth ${kind.kind}/1\n`);
  return concatBytes(head, canonicalBytes(z.encode(kind.body, body)));
}

export function messageId<Body>(kind: MessageKind<Body>, body: Body): Hex {
  return toHex(sha256(signedBytes(kind, body)));
}

export function signMessage<Body>(kind: MessageKind<Body>, body: Body, key: Ed25519Key): Signed<Body> {
  return { body, signature: toHex(key.sign(signedBytes(kind, body))) };
}

/** @param publicKey 32 raw bytes as hex. */
export function isMessageSignedBy<Body>(
  kind: MessageKind<Body>,
  message: Signed<Body>,
  publicKey: Hex,
): boolean {
  return verifyEd25519(signedBytes(kind, message.body), fromHex(message.signature), publicKey);
}

/** @throws HearthError `invalid_signature` */
export function assertMessageSignedBy<Body>(
  kind: MessageKind<Body>,
  message: Signed<Body>,
  publicKey: Hex,
): void {
  if (isMessageSignedBy(kind, message, publicKey)) return;
  throw new HearthError('invalid_signature', `${kind.kind}: expected a signature by ${publicKey}`);
}

export type Ed25519Key = { readonly publicKey: Hex; sign(bytes: Uint8Array): Uint8Array };

/** @param seed 32 bytes (RFC 8032 private key). */
export function ed25519Key(seed: Uint8Array): Ed25519Key {
  if (seed.length !== 32) throw new TypeError(`Ed25519 seed: expected 32 bytes, got ${seed.length}`);
  const { publicKey, sign } = crypto.ed25519Signer(seed);
  return { publicKey: toHex(publicKey), sign };
}

export function verifyEd25519(bytes: Uint8Array, signature: Uint8Array, publicKey: Hex): boolean {
  try {
    return crypto.verifyEd25519(bytes, signature, fromHex(publicKey));
  } catch {
    return false; // a malformed key or signature proves nothing
  }
}
