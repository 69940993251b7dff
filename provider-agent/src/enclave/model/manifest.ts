import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { builtInEngine, canonicalHash, type ModelManifest, modelManifest } from '@hearth/sdk/protocol';
import { GgufFileType, getModuleVersion, readGgufFileInfo } from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';
import type { EngineConfig } from '../engine-config.ts';
import { dialects } from '../inference/openai-server/dialect.ts';
import type { CopiedFile } from './private-copy.ts';

/** A model's own files where they can be read: one GGUF file, or a folder of weights with their tokenizer. */
export type ModelFiles = {
  readonly path: string;
  readonly files: readonly CopiedFile[];
  readonly isFolder: boolean;
};

type Facts = Pick<ModelManifest, 'tokenizer' | 'chatTemplateSha256' | 'quantisation'>;

/**
 * Everything that shapes the output, read from the model's files themselves.
 * @param engine that runs it; undefined for the built-in one, which reads GGUF only
 * @throws EnclaveError `model_unreadable` when it is no model, `config_invalid` for a name that asks cannot carry
 */
export async function manifestOf(
  name: string,
  model: ModelFiles,
  engine?: EngineConfig | undefined,
): Promise<ModelManifest> {
  const isGguf = !model.isFolder;
  if (!isGguf && !engine)
    throw new EnclaveError(
      'model_unreadable',
      `model ${model.path}: the built-in engine takes one GGUF file`,
    );
  const parsed = modelManifest.safeParse({
    v: 1,
    name,
    files: model.files,
    ...(isGguf ? await ggufFacts(model) : await folderFacts(model)),
    engine: engine ? statedEngine(engine) : { name: builtInEngine, version: await getModuleVersion() },
  });
  if (!parsed.success) throw new EnclaveError('config_invalid', `model manifest: ${parsed.error.message}`);
  return parsed.data;
}

/** What buyers are told of an engine that no release measures. */
function statedEngine({ kind, name, version, command, environment, executableSha256 }: EngineConfig) {
  return {
    name: name ?? kind,
    version,
    external: {
      kind,
      executableSha256: `0x${executableSha256.replace(/^0x/, '')}`,
      launchSha256: canonicalHash({ command, environment }),
      promptCache: dialects[kind].promptCache,
    },
  };
}

async function ggufFacts({ path, files }: ModelFiles): Promise<Facts> {
  const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false }).catch(
    (cause: unknown) => {
      throw new EnclaveError('model_unreadable', `model file ${files[0]?.name}: not a GGUF file`, { cause });
    },
  );
  const { general, tokenizer } = info.metadata;
  return {
    tokenizer: 'gguf',
    chatTemplateSha256: digestOf(tokenizer?.chat_template ?? ''),
    quantisation: quantisationName(general.file_type),
  };
}

/** llama.cpp's name of the quantisation mix, e.g. `q8_0`. */
function quantisationName(fileType: number | undefined): string {
  const name = fileType === undefined ? undefined : GgufFileType[fileType];
  return name ? name.replace(/^MOSTLY_/, '').toLowerCase() : 'unknown';
}

/** As Hugging Face lays it out: `config.json`, `tokenizer_config.json` or `chat_template.jinja`. */
async function folderFacts({ path, files }: ModelFiles): Promise<Facts> {
  const has = (name: string) => files.some((file) => file.name === name);
  const json = async (name: string): Promise<Record<string, unknown>> => {
    if (!has(name)) return {};
    const parsed: unknown = await readFile(join(path, name), 'utf8')
      .then(JSON.parse)
      .catch(() => undefined);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
    throw new EnclaveError('model_unreadable', `model ${path}: ${name} is no JSON object`);
  };
  if (!has('config.json')) throw new EnclaveError('model_unreadable', `model ${path}: it has no config.json`);
  const { torch_dtype, dtype = torch_dtype, quantization_config } = await json('config.json');
  const method = (quantization_config as { quant_method?: unknown } | undefined)?.quant_method;
  const template = has('chat_template.jinja')
    ? await readFile(join(path, 'chat_template.jinja'), 'utf8')
    : (await json('tokenizer_config.json'))['chat_template'];
  return {
    tokenizer: 'files',
    chatTemplateSha256: digestOf(typeof template === 'string' ? template : ''),
    quantisation: String(method ?? dtype ?? 'unknown').slice(0, 32),
  };
}

const digestOf = (text: string): Hex => toHex(sha256(new TextEncoder().encode(text)));
