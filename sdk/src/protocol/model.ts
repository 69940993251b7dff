import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { canonicalHash } from './canonical-json.ts';
import { jobClasses } from './enums.ts';
import { messageKind } from './signed-message.ts';
import { bytes32, timeMs, uintNumber, uintString } from './units.ts';

export const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected a model name such as ember-2m-q8_0');

/** What exactly is run: every byte that shapes the output. `modelDigest` = SHA-256(JCS(manifest)). */
export const modelManifest = z.strictObject({
  v: z.literal(1),
  name: modelName,
  files: z
    .array(z.strictObject({ name: z.string().max(255), sha256: bytes32, bytes: uintNumber(53) }))
    .min(1)
    .max(64),
  tokenizer: z.literal('gguf'),
  chatTemplateSha256: bytes32,
  quantisation: z.string().max(32),
  engine: z.strictObject({ name: z.string().max(64), version: z.string().max(64) }),
});
export type ModelManifest = z.infer<typeof modelManifest>;

export function modelDigest(manifest: ModelManifest): Hex {
  return canonicalHash(manifest);
}

export const jobClass = z
  .int()
  .min(0)
  .max(Math.max(...Object.values(jobClasses)));

/** Public base prices of one class of jobs, in µUSD per million tokens; asks are multipliers of it. Signed by the log key. */
export const priceCard = messageKind(
  'price-card',
  z.strictObject({
    v: z.literal(1),
    model: modelName,
    modelDigest: bytes32,
    class: jobClass,
    inputMicroUsdPerMTok: uintString(64),
    cachedInputMicroUsdPerMTok: uintString(64),
    outputMicroUsdPerMTok: uintString(64),
    validFromMs: timeMs,
  }),
);
