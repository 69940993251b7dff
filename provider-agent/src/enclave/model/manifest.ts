import { type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { type ModelManifest, modelManifest } from '@hearth/sdk/protocol';
import { GgufFileType, getModuleVersion, readGgufFileInfo } from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';

const ENGINE = 'node-llama-cpp';

export type ModelFile = {
  readonly path: string;
  readonly fileName: string;
  readonly sha256: Hex;
  readonly bytes: number;
};

/**
 * Everything that shapes the output, read from the model file itself: weights, tokenizer and template are one GGUF.
 * @throws EnclaveError `model_unreadable` when the file is no GGUF, `config_invalid` for a name that asks cannot carry
 */
export async function manifestOf(name: string, file: ModelFile): Promise<ModelManifest> {
  const info = await readInfo(file);
  const { general, tokenizer } = info.metadata;
  const parsed = modelManifest.safeParse({
    v: 1,
    name,
    files: [{ name: file.fileName, sha256: file.sha256, bytes: file.bytes }],
    tokenizer: 'gguf',
    chatTemplateSha256: toHex(sha256(new TextEncoder().encode(tokenizer?.chat_template ?? ''))),
    quantisation: quantisationName(general.file_type),
    engine: { name: ENGINE, version: await getModuleVersion() },
  });
  if (!parsed.success) throw new EnclaveError('config_invalid', `model manifest: ${parsed.error.message}`);
  return parsed.data;
}

async function readInfo(file: ModelFile) {
  try {
    return await readGgufFileInfo(file.path, { sourceType: 'filesystem', logWarnings: false });
  } catch (cause) {
    throw new EnclaveError('model_unreadable', `model file ${file.fileName}: not a GGUF file`, { cause });
  }
}

/** llama.cpp's name of the quantisation mix, e.g. `q8_0`. */
function quantisationName(fileType: number | undefined): string {
  const name = fileType === undefined ? undefined : GgufFileType[fileType];
  return name ? name.replace(/^MOSTLY_/, '').toLowerCase() : 'unknown';
}
