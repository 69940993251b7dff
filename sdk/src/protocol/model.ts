import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { canonicalHash } from './canonical-json.ts';
import { jobClasses } from './enums.ts';
import { messageKind } from './signed-message.ts';
import { bytes32, timeMs, uintNumber, uintString } from './units.ts';

export const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected a model name such as ember-2m-q8_0');

/** The engine that is part of the enclave's own measured release. */
export const builtInEngine = 'node-llama-cpp';

/** Servers with an OpenAI-type HTTP interface that an enclave can run inside its boundary; `openai` is any other one. */
export const engineKinds = ['llama.cpp', 'vllm', 'ollama', 'openai'] as const;

/**
 * An engine that no release measures: the enclave has started it, checked what is said here, and takes its word for counts of
 * tokens. What that changes in the trust: docs/engines.md.
 */
const externalEngine = z.strictObject({
  kind: z.enum(engineKinds),
  /** Of the file that was started; what that file loads in turn, the image of the enclave has to pin. */
  executableSha256: bytes32,
  /** SHA-256(JCS({command, environment})), before port, key and paths are filled in. */
  launchSha256: bytes32,
  /** Whether earlier prompts speed up later ones: of nobody, of the same order only, or of anybody's, which shows in times. */
  promptCache: z.enum(['off', 'order', 'shared']),
});

const engine = z
  .strictObject({
    name: z.string().max(64),
    version: z.string().max(64),
    /** Absent: the engine is the built-in one. */
    external: externalEngine.optional(),
  })
  .refine(({ name, external }) => (name === builtInEngine) === (external === undefined), {
    error: `expected the name ${builtInEngine} for the built-in engine, and for no other`,
  });

/** What exactly is run: every byte that shapes the output. `modelDigest` = SHA-256(JCS(manifest)). */
export const modelManifest = z.strictObject({
  v: z.literal(1),
  name: modelName,
  files: z
    .array(z.strictObject({ name: z.string().max(255), sha256: bytes32, bytes: uintNumber(53) }))
    .min(1)
    .max(64),
  /** Where the tokenizer is: in the weights' own GGUF file, or in files beside safetensors. */
  tokenizer: z.enum(['gguf', 'files']),
  chatTemplateSha256: bytes32,
  quantisation: z.string().max(32),
  engine,
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
