import * as z from 'zod';
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { checkShape } from '../../collateral/dcap-collateral.ts';
import { isOnCurve } from '../../crypto/index.ts';
import { formatError } from '../../errors.ts';
import { base64UrlToBytes } from './jwt.ts';

const maxLength = 1024 * 1024;
const coordinateLength = 48;

/** A P-384 key of an issuer of tokens. */
export type EatKey = {
  readonly kid: string;
  /** x ‖ y. */
  readonly point: Uint8Array;
};

/** Who may issue tokens, and with which keys: the caller fetched them from the issuer and answers for that. */
export type EatIssuer = {
  /** `iss` of every token. */
  readonly issuer: string;
  readonly simulated: boolean;
  readonly keys: readonly EatKey[];
};

export const nrasIssuerUrl = 'https://nras.attestation.nvidia.com';

/** NVIDIA's Remote Attestation Service with the keys of its /.well-known/jwks.json, which change every other day. */
export function nrasIssuer(keys: readonly EatKey[]): EatIssuer {
  return { issuer: nrasIssuerUrl, simulated: false, keys };
}

const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(256) });
const keySchema = z.looseObject({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  kid: z.string().min(1).max(256),
  x: z.string(),
  y: z.string(),
});

/**
 * The P-384 keys of a JWKS document (RFC 7517); keys of other kinds cannot sign ES384 and are left out. Throws
 * EvidenceError `format`, also for a key id that comes twice: which of the two would count?
 */
export function parseJwks(text: string): readonly EatKey[] {
  if (text.length > maxLength) throw formatError('JWKS', { expected: `at most ${maxLength} characters` });
  const { keys } = checkShape(jwksSchema, parseStrictJson(text, 'JWKS'), 'JWKS');
  const found = keys.filter(({ kty, crv }) => kty === 'EC' && crv === 'P-384').map(readKey);
  if (new Set(found.map(({ kid }) => kid)).size !== found.length) {
    throw formatError('JWKS', { expected: 'every key id once' });
  }
  return found;
}

function readKey(key: unknown): EatKey {
  const { kid, x, y } = checkShape(keySchema, key, 'JWKS key');
  const point = new Uint8Array(2 * coordinateLength);
  [x, y].forEach((text, index) => {
    const coordinate = base64UrlToBytes(text, `JWKS key ${kid}`);
    if (coordinate.length !== coordinateLength) {
      throw formatError(`JWKS key ${kid}`, { expected: `coordinates of ${coordinateLength} bytes` });
    }
    point.set(coordinate, index * coordinateLength);
  });
  if (!isOnCurve('p384', point)) throw formatError(`JWKS key ${kid}`, { expected: 'a point on P-384' });
  return { kid, point };
}
