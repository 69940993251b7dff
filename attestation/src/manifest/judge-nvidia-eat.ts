import * as z from 'zod';
import { bareHexToBytes } from '../bytes/hex.ts';
import { utf8ToText } from '../bytes/text.ts';
import { nrasIssuerUrl, parseJwks } from '../nvidia/eat/issuer.ts';
import { type EatVerification, verifyEat } from '../nvidia/eat/verify.ts';
import { type EntryJudge, readEntryPolicy } from './entry.ts';

/** `nonce`: what the relying party sent; `issuer`: another `iss` than NVIDIA's. */
const policySchema = z.strictObject({
  nonce: z.string().optional(),
  issuer: z.string().default(nrasIssuerUrl),
});

/**
 * Judges an entry of kind `nvidia-eat`: file `eat`, and `jwks` with the issuer's keys. Without those nobody's
 * signature can be checked, so nothing is valid: NVIDIA's keys are not pinned, for they change every other day.
 */
export const judgeNvidiaEatEntry: EntryJudge = (entry, read) => {
  const { nonce, issuer } = readEntryPolicy(policySchema, entry);
  const keys = entry.files.jwks === undefined ? [] : parseJwks(utf8ToText(read('jwks'), 'JWKS'));
  const verification = verifyEat({
    eat: read('eat'),
    issuer: { issuer, simulated: false, keys },
    atUnixSec: entry.at,
    nonce: nonce === undefined ? 'ignore' : bareHexToBytes(nonce),
  });
  const { ok, reason, checks } = verification;
  return {
    verdict: ok ? 'valid' : 'invalid',
    ...(reason === undefined ? {} : { reason }),
    fields: fieldsOf(verification),
    checks,
  };
};

function fieldsOf({ issuer, nonce, overallResult, devices }: EatVerification): Record<string, unknown> {
  return {
    issuer,
    nonce: nonce?.slice(2),
    overallResult,
    devices: devices.map(({ name }) => name),
    hwmodel: devices[0]?.hardwareModel,
    driver: devices[0]?.driverVersion,
    vbios: devices[0]?.vbiosVersion,
  };
}
