import * as z from 'zod';
import { base64ToBytes } from '../../bytes/base64.ts';
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { textToUtf8, utf8ToText } from '../../bytes/text.ts';
import { checkShape } from '../../collateral/dcap-collateral.ts';
import { formatError } from '../../errors.ts';

const maxLength = 64 * 1024;

/** Keys and certificates that a token brings along (`jwk`, `x5c`, `jku`) are never looked at. */
const headerSchema = z.looseObject({
  alg: z.string().max(32),
  kid: z.string().max(256).optional(),
  // RFC 7515 §4.1.11: what must be understood and is not makes the token invalid.
  crit: z.undefined().optional(),
});

/** A compact JWS with a JSON payload (RFC 7515 §3.1), read and not believed. */
export type Jwt = {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly claims: unknown;
  readonly signed: Uint8Array;
  /** Empty for `alg: none`. */
  readonly signature: Uint8Array;
};

/** Throws EvidenceError `format`. */
export function parseJwt(token: string, thing: string): Jwt {
  const [header, payload, signature, ...rest] = token.split('.');
  const isShort = token.length <= maxLength && rest.length === 0;
  if (header === undefined || payload === undefined || signature === undefined || !isShort) {
    throw formatError(thing, { expected: `three parts, at most ${maxLength} characters` });
  }
  const { alg, kid } = checkShape(headerSchema, readJson(header, `${thing}, header`), `${thing}, header`);
  return {
    alg,
    kid,
    claims: readJson(payload, `${thing}, payload`),
    signed: textToUtf8(`${header}.${payload}`),
    signature: base64UrlToBytes(signature, `${thing}, signature`),
  };
}

/** Strict base64url: no padding, unused bits zero (RFC 7515 §2). */
export function base64UrlToBytes(text: string, thing: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw formatError(thing, { expected: 'base64url' });
  const padding = '='.repeat((4 - (text.length % 4)) % 4);
  return base64ToBytes(text.replaceAll('-', '+').replaceAll('_', '/') + padding);
}

function readJson(part: string, thing: string): unknown {
  return parseStrictJson(utf8ToText(base64UrlToBytes(part, thing), thing), thing);
}
