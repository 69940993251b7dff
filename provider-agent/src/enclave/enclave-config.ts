import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { address } from '@hearth/sdk/protocol';
import { parse } from 'yaml';
import { z } from 'zod';
import { EnclaveError } from '../channel/errors.ts';
import { MAX_MODELS } from '../channel/message-schemas.ts';
import { type EngineConfig, engineConfig } from './engine-config.ts';
import { type GpuChoice, gpuChoiceOf, gpuChoices } from './inference/gpu-choice.ts';

const lowerCaseAddress = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(address);

const modelSource = z.strictObject({
  path: z.string().min(1),
  sha256: z.string().regex(/^(?:0x)?[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'),
  /** Name in asks; the file's name without .gguf if absent. */
  name: z.string().optional(),
});

/**
 * The sections of home.yaml that the enclave reads; the rest is the host's. On a real TEE the same sections come in a
 * file of the enclave's own image.
 */
const enclaveConfig = z
  .object({
    chain: z.strictObject({
      chainId: z.int().min(1),
      registry: lowerCaseAddress,
      settlement: lowerCaseAddress,
    }),
    ask: z.object({ slots: z.int().min(1).max(64) }),
    enclave: z.object({
      model: modelSource,
      /** Served in turn with it: one is in memory at a time. */
      otherModels: z
        .array(modelSource)
        .max(MAX_MODELS - 1)
        .default([]),
      tee: z.strictObject({ driver: z.literal('simulated'), seed: z.string().min(1).max(256) }),
      /** Per job; 0 takes what the model was trained for. */
      contextTokens: z.int().min(0).max(1_048_576).default(0),
      /** CPU threads of inference; more than one makes small models far slower. */
      threads: z.int().min(1).max(256).default(1),
      gpu: z.enum(gpuChoices).default('off'),
      /** A server inside the enclave's boundary instead of the built-in engine. */
      engine: engineConfig.optional(),
    }),
  })
  .refine(({ enclave }) => enclave.engine === undefined || enclave.contextTokens > 0, {
    path: ['enclave', 'contextTokens'],
    error: 'expected the tokens per job that the engine is started with',
  })
  .refine(({ enclave }) => enclave.engine === undefined || enclave.otherModels.length === 0, {
    path: ['enclave', 'otherModels'],
    error: 'several models are served by the built-in engine only',
  })
  .refine(
    ({ enclave }) => {
      const names = [enclave.model, ...enclave.otherModels].map((model) => sourceOf(model, '/').name);
      return new Set(names).size === names.length;
    },
    { path: ['enclave', 'otherModels'], error: 'expected another name for each model' },
  );

export type ModelSource = { readonly name: string; readonly path: string; readonly sha256: `0x${string}` };

export type EnclaveConfig = {
  readonly chain: {
    readonly chainId: number;
    readonly registry: `0x${string}`;
    readonly settlement: `0x${string}`;
  };
  readonly slots: number;
  readonly model: ModelSource;
  readonly otherModels: readonly ModelSource[];
  readonly tee: { readonly driver: 'simulated'; readonly seed: string };
  readonly contextTokens: number;
  readonly threads: number;
  readonly gpu: GpuChoice;
  readonly engine: EngineConfig | undefined;
};

/** @throws EnclaveError `config_invalid` with every problem and its place */
export async function loadEnclaveConfig(path: string): Promise<EnclaveConfig> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new EnclaveError('config_invalid', `${path}: ${cause.message}`, { cause });
  });
  return parseEnclaveConfig(text, path);
}

/** @param path of the file that `text` is from: the model's path may be relative to it */
export function parseEnclaveConfig(text: string, path: string): EnclaveConfig {
  const parsed = enclaveConfig.safeParse(parseYaml(text, path));
  if (!parsed.success) throw new EnclaveError('config_invalid', `${path}:\n${z.prettifyError(parsed.error)}`);
  const { chain, ask, enclave } = parsed.data;
  const { model, otherModels, gpu, engine, ...rest } = enclave;
  const folder = dirname(path);
  return {
    chain,
    slots: ask.slots,
    ...rest,
    gpu: gpuChoiceOf(gpu),
    engine,
    model: sourceOf(model, folder),
    otherModels: otherModels.map((other) => sourceOf(other, folder)),
  };
}

function sourceOf({ name, path, sha256 }: z.output<typeof modelSource>, folder: string): ModelSource {
  return {
    name:
      name ??
      basename(path)
        .replace(/\.gguf$/i, '')
        .toLowerCase(),
    path: resolve(folder, path),
    sha256: `0x${sha256.replace(/^0x/, '')}`,
  };
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw new EnclaveError('config_invalid', `${path}: not YAML`, { cause });
  }
}
