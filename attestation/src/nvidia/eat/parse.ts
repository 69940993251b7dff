import * as z from 'zod';
import { bytesToHex, type Hex } from '../../bytes/hex.ts';
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { textToUtf8, utf8ToText } from '../../bytes/text.ts';
import { checkShape } from '../../collateral/dcap-collateral.ts';
import { sha256 } from '../../crypto/index.ts';
import { formatError } from '../../errors.ts';
import { type Jwt, parseJwt } from './jwt.ts';

const maxLength = 1024 * 1024;
const maxDevices = 64;

/** What every token of a bundle says about itself. */
const tokenClaims = {
  iss: z.string(),
  exp: z.int(),
  iat: z.int(),
  nbf: z.int().optional(),
  eat_nonce: z.string().regex(/^(?:[0-9a-fA-F]{2})+$/),
};

/** NVIDIA writes SHA256 in some releases and SHA-256 in others. */
const digestSchema = z.tuple([
  z.literal('DIGEST'),
  z.tuple([z.enum(['SHA-256', 'SHA256']), z.string().regex(/^[0-9a-fA-F]{64}$/)]),
]);

const overallSchema = z.looseObject({
  ...tokenClaims,
  'x-nvidia-overall-att-result': z.boolean(),
  submods: z.record(z.string().max(64), digestSchema),
});

/** Some are null where a verification stopped early; a missing one never counts as right. */
const deviceSchema = z.looseObject({
  ...tokenClaims,
  measres: z.string().nullish(),
  dbgstat: z.string().nullish(),
  secboot: z.boolean().nullish(),
  hwmodel: z.string().nullish(),
  ueid: z
    .string()
    .regex(/^\d{1,60}$/)
    .nullish(),
});

/** RFC 9711 §4.2.18.2 as NVIDIA writes it: the overall token, then one token per device, named. */
const bundleSchema = z.tuple([
  z.tuple([z.literal('JWT'), z.string()]),
  z.record(z.string().max(64), z.string()),
]);

export type OverallClaims = z.infer<typeof overallSchema>;
export type DeviceClaims = z.infer<typeof deviceSchema>;
export type TokenClaims = Pick<OverallClaims, 'iss' | 'exp' | 'iat' | 'nbf' | 'eat_nonce'>;

export type DeviceToken = {
  readonly name: string;
  readonly jwt: Jwt;
  readonly claims: DeviceClaims;
  /** Of the token's text, as the overall token lists it. */
  readonly sha256: Hex;
};

/** A detached EAT bundle, read and not believed. */
export type Eat = {
  readonly overall: Jwt;
  readonly claims: OverallClaims;
  readonly devices: readonly DeviceToken[];
};

/** Throws EvidenceError `format`. */
export function parseEat(bytes: Uint8Array): Eat {
  if (bytes.length > maxLength) {
    throw formatError('EAT', { expected: `at most ${maxLength} bytes`, actual: `${bytes.length}` });
  }
  const json = parseStrictJson(utf8ToText(bytes, 'EAT'), 'EAT');
  const [[, token], detached] = checkShape(bundleSchema, json, 'EAT');
  const devices = Object.entries(detached);
  if (devices.length > maxDevices) throw formatError('EAT', { expected: `at most ${maxDevices} devices` });
  const overall = parseJwt(token, 'EAT, overall token');
  return {
    overall,
    claims: checkShape(overallSchema, overall.claims, 'EAT, overall token'),
    devices: devices.map(([name, text]) => readDevice(name, text)),
  };
}

function readDevice(name: string, text: string): DeviceToken {
  const thing = `EAT, token of ${name}`;
  const jwt = parseJwt(text, thing);
  const claims = checkShape(deviceSchema, jwt.claims, thing);
  return { name, jwt, claims, sha256: bytesToHex(sha256(textToUtf8(text))) };
}
