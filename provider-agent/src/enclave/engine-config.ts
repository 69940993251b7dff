import { builtInEngine, engineKinds } from '@hearth/sdk/protocol';
import { z } from 'zod';

/**
 * A server with an OpenAI-type HTTP interface that the enclave starts inside its own boundary, instead of the engine that
 * is built in. In `command` and `environment` these are filled in: {port} {key} {model} {name} {slots} {contextTokens}.
 */
export const engineConfig = z.strictObject({
  kind: z.enum(engineKinds),
  /** What buyers' policies name it by; its kind if absent. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected a name such as vllm')
    .refine((name) => name !== builtInEngine, 'expected another name than that of the built-in engine')
    .optional(),
  version: z.string().min(1).max(64),
  /** The program by its absolute path, then its arguments. */
  command: z
    .array(z.string().max(4096))
    .min(1)
    .max(128)
    .refine(
      ([program]) => program?.startsWith('/') === true,
      'expected the absolute path of a program first',
    ),
  executableSha256: z.string().regex(/^(?:0x)?[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'),
  /** All that the program finds in its environment, beside PATH and HOME. */
  environment: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string().max(4096)).default({}),
  /** What the server calls the model; the model's own name if absent. */
  servedModel: z.string().min(1).max(255).optional(),
  classes: z
    .array(z.enum(['chat', 'completion', 'embedding']))
    .min(1)
    .default(['chat', 'completion']),
  /** Whether the server has a parser for the model's calls of functions. */
  tools: z.boolean().default(false),
  startWithinMs: z.int().min(1000).max(3_600_000).default(600_000),
});
export type EngineConfig = z.output<typeof engineConfig>;
