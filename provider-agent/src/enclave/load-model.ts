import { openAsBlob } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ModelManifest, modelDigest } from '@hearth/sdk/protocol';
import { EnclaveError } from '../channel/errors.ts';
import type { Control } from '../channel/message-schemas.ts';
import type { EnclaveConfig, ModelSource } from './enclave-config.ts';
import type { EngineConfig } from './engine-config.ts';
import type { InferenceEngine } from './inference/engine.ts';
import type { GpuBackend } from './inference/gpu-choice.ts';
import { LlamaEngine } from './inference/llama-engine.ts';
import { OpenAiEngine } from './inference/openai-server/openai-engine.ts';
import { manifestOf } from './model/manifest.ts';
import { copyPrivately, type PrivateCopy } from './model/private-copy.ts';

export type LoadedModel = {
  readonly manifest: ModelManifest;
  readonly digest: `0x${string}`;
  readonly engine: InferenceEngine;
  /** Whose builds compute it, beside those for the CPU. */
  readonly gpu: GpuBackend;
};

export type LoadPorts = {
  report(progress: Control<'progress'>): void;
  readonly signal: AbortSignal;
  /** An engine that is a process of its own has ended: as with one that crashes in here, nothing can go on. */
  onLost(error: EnclaveError): void;
};

/** Copies, hashes and loads a configured model. What remains of the copy is gone when its engine is closed. @throws EnclaveError */
export async function loadModel(
  config: EnclaveConfig,
  ports: LoadPorts,
  { name, path, sha256 }: ModelSource = config.model,
): Promise<LoadedModel> {
  const say = (phase: Control<'progress'>['phase'], fraction: number) =>
    ports.report({ phase, fraction, note: name });
  const copy = await copyPrivately(path, sha256, say, ports.signal);
  try {
    const manifest = await manifestOf(name, copy, config.engine);
    const digest = modelDigest(manifest);
    if (config.engine)
      return { manifest, digest, engine: await startServer(config, config.engine, copy, ports), gpu: false };
    const loading = (fraction: number) => say('loading-model', fraction);
    const engine = await loadBuiltIn(config, copy, loading, ports.signal);
    return { manifest, digest, engine, gpu: engine.gpu };
  } catch (error) {
    await copy.discard();
    throw error;
  }
}

/** In memory when this returns: the copy is gone. */
async function loadBuiltIn(
  config: EnclaveConfig,
  copy: PrivateCopy,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<LlamaEngine> {
  const { slots, contextTokens, threads, gpu } = config;
  const options = { modelPath: copy.path, slots, contextTokens, threads, gpu, signal, onProgress };
  const engine = await LlamaEngine.load(options);
  await copy.discard();
  return engine;
}

/** A server may read the model's files as long as it lives. */
async function startServer(
  { model, slots, contextTokens }: EnclaveConfig,
  engineConfig: EngineConfig,
  copy: PrivateCopy,
  { signal, report, onLost }: LoadPorts,
): Promise<InferenceEngine> {
  report({ phase: 'loading-model', fraction: 0, note: `${model.name} by ${engineConfig.kind}` });
  const home = join(dirname(copy.path), 'engine');
  await mkdir(home, { mode: 0o700 });
  const [first] = copy.files;
  const file = {
    name: model.name,
    fileName: first?.name ?? model.name,
    sha256: (first?.sha256 ?? '0x').slice(2),
    open: () => openAsBlob(copy.path),
  };
  const options = { config: engineConfig, modelPath: copy.path, file, slots, contextTokens, home, onLost };
  const engine = await OpenAiEngine.start(options, signal);
  const close = engine.close.bind(engine);
  engine.close = async () => {
    try {
      await close();
    } finally {
      await copy.discard();
    }
  };
  return engine;
}
