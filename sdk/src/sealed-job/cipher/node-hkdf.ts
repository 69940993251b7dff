import { hash } from 'node:crypto';

/**
 * HKDF-SHA256 (RFC 5869) over one-shot hashes: OpenSSL's HMAC looks its algorithm up anew on each call, which takes four times
 * as long as hashing these few bytes does.
 */
export const extract = (salt: Uint8Array, secret: Uint8Array): Uint8Array => hmac(salt, secret);

export function expand(prk: Uint8Array, info: Uint8Array, byteLength: number): Uint8Array {
  const output = new Uint8Array(HASH_BYTES * Math.ceil(byteLength / HASH_BYTES));
  let block: Uint8Array = new Uint8Array();
  for (let count = 1; (count - 1) * HASH_BYTES < byteLength; count += 1) {
    block = hmac(prk, Buffer.concat([block, info, Uint8Array.of(count)]));
    output.set(block, (count - 1) * HASH_BYTES);
  }
  return output.slice(0, byteLength);
}

const HASH_BYTES = 32;
const BLOCK_BYTES = 64;

/** RFC 2104. */
function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  const inner = Buffer.alloc(BLOCK_BYTES + message.length, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, 0x5c);
  for (const [at, byte] of short.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  inner.set(message, BLOCK_BYTES);
  outer.set(sha256(inner), BLOCK_BYTES);
  return sha256(outer);
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'));
