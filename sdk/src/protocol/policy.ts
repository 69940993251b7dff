import { evidencePolicySchema } from '@hearth/attestation';
import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { canonicalHash } from './canonical-json.ts';
import { region } from './region.ts';
import { bytes32, uintString } from './units.ts';

const ignore = z.literal('ignore');
const anyOf = <T extends z.ZodType>(item: T) => z.strictObject({ anyOf: z.array(item).max(1000) });
const atLeast = <T extends z.ZodType>(floor: T) => z.strictObject({ atLeast: floor });

/**
 * What a buyer demands of the machine that sees its prompt. Total: every rule says `anyOf`, `atLeast`, `atMost` or
 * `'ignore'`; none can be left out. An empty `anyOf` allows nothing. `policyHash` = SHA-256(JCS(policy)).
 */
export const policy = z.strictObject({
  schema: z.literal('hearth-policy/1'),
  /** Which machines and which code; the evidence library's own total policy. */
  evidence: evidencePolicySchema,
  tier: atLeast(z.int().min(0).max(2)),
  models: z.union([anyOf(bytes32), ignore]),
  regions: z.union([anyOf(region), ignore]),
  prices: z.strictObject({
    inputMicroUsdPerMTok: z.strictObject({ atMost: uintString(64) }),
    cachedInputMicroUsdPerMTok: z.strictObject({ atMost: uintString(64) }),
    outputMicroUsdPerMTok: z.strictObject({ atMost: uintString(64) }),
  }),
});
export type Policy = z.infer<typeof policy>;
export type PolicyJson = z.input<typeof policy>;

export function policyHash(body: Policy): Hex {
  return canonicalHash(z.encode(policy, body));
}
