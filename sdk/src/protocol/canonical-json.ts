import { type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import canonicalize from 'canonicalize';

/** RFC 8785 bytes of a JSON value: the form that is hashed and signed. */
export function canonicalBytes(json: unknown): Uint8Array {
  const text = canonicalize(json);
  if (text === undefined) throw new TypeError('expected a JSON value');
  return new TextEncoder().encode(text);
}

/** SHA-256(JCS(json)). */
export function canonicalHash(json: unknown): Hex {
  return toHex(sha256(canonicalBytes(json)));
}
