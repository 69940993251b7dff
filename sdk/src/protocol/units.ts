import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { decodeBase64, encodeBase64 } from '../crypto/index.ts';

/**
 * The narrow types of everything that crosses the wire. Integers that can pass 2^53 travel as decimal strings and
 * are bigint inside; bytes travel as lower-case 0x hex, long ones as canonical base64.
 */
const hexOf = (bytes: number, id: string) => {
  const error = `expected ${bytes} bytes of lower-case 0x hex`;
  const pattern = new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`);
  // A string with a pattern, so that it has a JSON Schema; the pattern is what the narrow type says.
  return z.string({ error }).regex(pattern, { error }).meta({ id }) as unknown as z.ZodType<Hex, Hex>;
};

export const bytes8 = hexOf(8, 'Bytes8');
export const bytes32 = hexOf(32, 'Bytes32');
/** An EVM address, lower case on the wire so that canonical JSON has one form. */
export const address = hexOf(20, 'Address');
/** Compressed points of BLS12-381: a signature of a drand round on G1, a network's key on G2. */
export const blsG1 = hexOf(48, 'BlsG1');
export const blsG2 = hexOf(96, 'BlsG2');
/** secp256k1 signature r ‖ s ‖ v. */
export const signature65 = hexOf(65, 'Signature65');
/** Ed25519 signature. */
export const signature64 = hexOf(64, 'Signature64');

/** A signature of a wallet, which may be a contract (ERC-1271) and then has any length. */
export const walletSignature = z.custom<Hex>(
  (v) => typeof v === 'string' && v.length <= 4098 && /^0x(?:[0-9a-f]{2})+$/.test(v),
  { error: 'expected a signature as lower-case 0x hex' },
);

/** Unsigned integer of `bits` bits: canonical decimal string on the wire, bigint inside. */
export const uintString = (bits: number) =>
  z.codec(
    z.string().regex(/^(?:0|[1-9][0-9]{0,38})$/, 'expected a canonical decimal integer'),
    z
      .bigint()
      .min(0n)
      .max((1n << BigInt(bits)) - 1n),
    { decode: (text) => BigInt(text), encode: (integer) => integer.toString() },
  );

/** Unsigned integer that fits a JavaScript number. */
export const uintNumber = (bits: number) =>
  z
    .int()
    .min(0)
    .max(2 ** Math.min(bits, 53) - 1);

export const timeMs = uintNumber(53);
export const unixSec = uintNumber(53);
export const ppm = z.int().min(1).max(1_000_000_000);
/** A multiplier over a quality of at least one half. */
export const effectivePpm = z.int().min(1).max(2_000_000_000);

/** Canonical base64 (RFC 4648 section 4, padded, no whitespace). */
export const base64 = z.string().refine((text) => encodeBase64(decodeBase64(text)) === text, {
  error: 'expected canonical base64',
});

export function base64ToBytes(text: string): Uint8Array {
  return decodeBase64(text);
}

export function bytesToBase64(bytes: Uint8Array): string {
  return encodeBase64(bytes);
}

/** Where a node listens. */
export const nodeUrl = z
  .url({ protocol: /^https?$/ })
  .max(255)
  .refine((text) => {
    const { pathname, search, hash, username, password } = new URL(text);
    return pathname === '/' && [search, hash, username, password].every((part) => part === '');
  }, 'expected scheme, host and port alone');
