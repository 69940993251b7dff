import * as z from 'zod';
import { base64ToBytes } from '../../bytes/base64.ts';
import { bareHexToBytes, bytesToHex, type Hex } from '../../bytes/hex.ts';
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { utf8ToText } from '../../bytes/text.ts';
import { checkShape } from '../../collateral/dcap-collateral.ts';
import type { RsaPublicKey } from '../../crypto/index.ts';
import { formatError } from '../../errors.ts';

const jwk = z.looseObject({
  kid: z.string(),
  kty: z.string(),
  n: z.string().max(2048).optional(),
  e: z.string().max(16).optional(),
});

const claimsSchema = z.looseObject({
  keys: z.array(jwk).max(8),
  'vm-configuration': z.record(z.string(), z.unknown()).optional(),
  'user-data': z.string().length(128).optional(),
});

/** What the paravisor states about this VM, signed through the report. */
export type RuntimeClaims = {
  /** What the guest asked to have in the report, 64 bytes: its report data, one step removed. */
  readonly userData: Hex | undefined;
  /** The key under which the vTPM signs quotes. */
  readonly attestationKey: RsaPublicKey;
  /** As the JSON has it. */
  readonly vmConfiguration: Readonly<Record<string, unknown>> | undefined;
};

const attestationKeyId = 'HCLAkPub';

/** Throws EvidenceError `format`. */
export function parseRuntimeClaims(json: Uint8Array): RuntimeClaims {
  const text = utf8ToText(json, 'runtime data');
  const claims = checkShape(claimsSchema, parseStrictJson(text, 'runtime data'), 'runtime data');
  const userData = claims['user-data'];
  return {
    userData: userData === undefined ? undefined : bytesToHex(bareHexToBytes(userData, 64)),
    attestationKey: readAttestationKey(claims.keys),
    vmConfiguration: claims['vm-configuration'],
  };
}

function readAttestationKey(keys: z.infer<typeof claimsSchema>['keys']): RsaPublicKey {
  const [key, ...others] = keys.filter(({ kid }) => kid === attestationKeyId);
  if (key?.kty !== 'RSA' || key.n === undefined || key.e === undefined || others.length > 0) {
    throw formatError('runtime data', { expected: `one RSA key ${attestationKeyId}` });
  }
  return { modulus: base64UrlToBytes(key.n), exponent: base64UrlToBytes(key.e) };
}

/** RFC 4648 §5 without padding, as JWK writes it (RFC 7515 §2). */
function base64UrlToBytes(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw formatError('JWK', { expected: 'base64url' });
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return base64ToBytes(standard.padEnd(Math.ceil(text.length / 4) * 4, '='));
}
