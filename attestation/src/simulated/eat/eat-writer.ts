import { createHash } from 'node:crypto';
import { createP384SigningKey, deriveP384SecretKey, type SigningKey } from '../signing-key.ts';

/** Public on purpose: whoever holds it can only issue tokens that say "simulated". */
export const simulatedEatIssuerLabel = 'hearth simulated attestation service, worthless by design';
export const simulatedEatIssuerUrl = 'https://nras.hearth.invalid';
export const simulatedEatKeyId = 'hearth-simulated-eat-1';

export function createEatIssuerKey(label = simulatedEatIssuerLabel): SigningKey {
  return createP384SigningKey(deriveP384SecretKey(label));
}

export type Json = Readonly<Record<string, unknown>>;

/** A compact JWS; without a key the signature is empty, as with `alg: none`. */
export function writeJwt(header: Json, claims: Json, key: SigningKey | undefined): string {
  const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
  const signature = key === undefined ? new Uint8Array() : key.sign(new TextEncoder().encode(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

/** The detached bundle, with the digest of each device's token in the overall claims. */
export function submodulesOf(devices: Readonly<Record<string, string>>): Json {
  const digests = Object.entries(devices).map(([name, token]) => [
    name,
    ['DIGEST', ['SHA-256', createHash('sha256').update(token).digest('hex')]],
  ]);
  return Object.fromEntries(digests);
}

export function writeJwks(keys: Readonly<Record<string, SigningKey>>): string {
  const listed = Object.entries(keys).map(([kid, { publicKey }]) => ({
    kty: 'EC',
    crv: 'P-384',
    kid,
    x: Buffer.from(publicKey.subarray(0, 48)).toString('base64url'),
    y: Buffer.from(publicKey.subarray(48)).toString('base64url'),
  }));
  return JSON.stringify({ keys: listed });
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
