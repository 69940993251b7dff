import { type ModelManifest, modelDigest } from '@hearth/sdk/protocol';
import type { Control } from '../channel/message-schemas.ts';
import type { EnclaveConfig } from './enclave-config.ts';
import type { InferenceEngine } from './inference/engine.ts';
import { LlamaEngine } from './inference/llama-engine.ts';
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
