import { type ModelManifest, modelDigest } from '@hearth/sdk/protocol';
import { EnclaveError } from '../channel/errors.ts';
import type { Control } from '../channel/message-schemas.ts';
import type { EnclaveConfig } from './enclave-config.ts';
import type { InferenceEngine } from './inference/engine.ts';
import { LlamaEngine } from './inference/llama-engine.ts';
import { memoryNeeds, memoryShortage } from './inference/memory-needs.ts';
import { manifestOf } from './model/manifest.ts';
import { copyPrivately } from './model/private-copy.ts';

export type LoadedModel = {
  readonly manifest: ModelManifest;
  readonly digest: `0x${string}`;
  readonly engine: InferenceEngine;
};

export type ReportProgress = (progress: Control<'progress'>) => void;

/** Copies, hashes and loads the configured model; the private copy is gone when this returns. @throws EnclaveError */
export async function loadModel(
  config: EnclaveConfig,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const { name, path, sha256 } = config.model;
  const say = (phase: Control<'progress'>['phase'], fraction: number) =>
    report({ phase, fraction, note: name });
  const copy = await copyPrivately(path, sha256, say, signal);
  try {
    const manifest = await manifestOf(name, copy);
    if (config.gpu === false) await assertFits(config, copy.path);
    const engine = await LlamaEngine.load({
      modelPath: copy.path,
      slots: config.slots,
      contextTokens: config.contextTokens,
      threads: config.threads,
      gpu: config.gpu,
      signal,
      onProgress: (fraction) => say('loading-model', fraction),
    });
    return { manifest, digest: modelDigest(manifest), engine };
  } finally {
    await copy.discard();
  }
}

/** Said before memory is taken: a machine that begins to swap, or kills what it cannot hold, says nothing. */
async function assertFits({ model, slots, contextTokens }: EnclaveConfig, path: string): Promise<void> {
  const shortage = memoryShortage(
    await memoryNeeds(path, { slots, contextTokens }),
    process.availableMemory(),
  );
  if (shortage) throw new EnclaveError('model_load_failed', `model ${model.name} ${shortage}`);
}
