import { BoundedMap } from '../../bytes/bounded-map.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { sha256 } from '../../crypto/index.ts';
import { createP384SigningKey, deriveP384SecretKey, type SigningKey } from '../signing-key.ts';

const keys = new BoundedMap<SigningKey>(64);
const signatures = new BoundedMap<Uint8Array>(512);

/**
 * The P-384 key of a label. A signature costs tens of milliseconds and is the same bytes every time, so a suite that
 * writes the same chain over and over remembers it.
 */
export function rememberedKey(label: string): SigningKey {
  const known = keys.get(label);
  if (known !== undefined) return known;
  const key = createP384SigningKey(deriveP384SecretKey(label));
  const remembering: SigningKey = {
    ...key,
    sign: (message) => remember(`${label} raw`, message, key.sign),
    signDer: (message) => remember(`${label} DER`, message, key.signDer),
  };
  keys.set(label, remembering);
  return remembering;
}

function remember(what: string, message: Uint8Array, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const id = `${what} ${bytesToHex(sha256(message))}`;
  const signature = signatures.get(id) ?? sign(message);
  signatures.set(id, signature);
  return signature;
}
