import { type Cipheriv, createCipheriv, createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { emberPath } from '../market/catalogue.ts';
import {
  encodeGgufHeader,
  float32Entry,
  type GgufEntry,
  int32Array,
  paddingAfter,
  readGgufMetadata,
  stringEntry,
  uint32Entry,
} from './gguf-header.ts';
import {
  feedForwardWidth,
  HEAD_WIDTH,
  HEADS_PER_KEY,
  type Sizes,
  type TensorPlan,
  tensorPlans,
} from './random-tensors.ts';

export interface RandomModelOptions {
  readonly path: string;
  /** The same seed and sizes give the same bytes. */
  readonly seed: string;
  readonly layers?: number;
  /** Length of the residual stream, a multiple of 256. */
  readonly width?: number;
  readonly contextTokens?: number;
}

export interface RandomModel {
  readonly path: string;
  /** Lower-case hex without 0x, as a home's configuration names it. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Writes a llama model with random weights and Ember's tokenizer and chat template: slow, because tests and benches
 * need inference that lasts (by default 98 MB, 17 ms a token on one thread of a 2.5 GHz server core; more layers for a
 * faster one), and never finished by itself, because it cannot say any token but those of plain text.
 */
export async function writeRandomModel(options: RandomModelOptions): Promise<RandomModel> {
  const { path, seed, layers = 8, width = 1024, contextTokens = 4096 } = options;
  if (width % 256 !== 0) throw new RangeError(`width: expected a multiple of 256, got ${width}`);
  const tokenizer = readGgufMetadata(await readFile(emberPath)).filter(({ key }) =>
    key.startsWith('tokenizer.'),
  );
  const tokenTypes = int32Array(entryOf(tokenizer, 'tokenizer.ggml.token_type'));
  const sizes: Sizes = { layers, width, contextTokens, vocabulary: tokenTypes.length };
  const plans = tensorPlans(sizes, tokenTypes);
  const hash = createHash('sha256');
  const file = await open(path, 'w', 0o600);
  try {
    const random = createCipheriv(
      'aes-256-ctr',
      createHash('sha256').update(seed).digest(),
      Buffer.alloc(16),
    );
    let bytes = 0;
    const write = async (chunk: Buffer) => {
      hash.update(chunk);
      await writeWhole(file, chunk);
      bytes += chunk.length;
    };
    await write(
      encodeGgufHeader(
        [...modelEntries(sizes, seed), ...tokenizer],
        plans.map(({ tensor }) => tensor),
      ),
    );
    for (const plan of plans) await writeTensor(plan, random, write);
    return { path, sha256: hash.digest('hex'), bytes };
  } finally {
    await file.close();
  }
}

function modelEntries({ layers, width, contextTokens, vocabulary }: Sizes, seed: string): GgufEntry[] {
  return [
    stringEntry('general.architecture', 'llama'),
    stringEntry('general.name', `Random ${layers}x${width} ${seed}`),
    uint32Entry('general.file_type', 7), // mostly Q8_0
    uint32Entry('general.quantization_version', 2),
    uint32Entry('llama.block_count', layers),
    uint32Entry('llama.context_length', contextTokens),
    uint32Entry('llama.embedding_length', width),
    uint32Entry('llama.feed_forward_length', feedForwardWidth(width)),
    uint32Entry('llama.attention.head_count', width / HEAD_WIDTH),
    uint32Entry('llama.attention.head_count_kv', width / HEAD_WIDTH / HEADS_PER_KEY),
    uint32Entry('llama.rope.dimension_count', HEAD_WIDTH),
    float32Entry('llama.rope.freq_base', 10_000),
    float32Entry('llama.attention.layer_norm_rms_epsilon', 1e-5),
    uint32Entry('llama.vocab_size', vocabulary),
  ];
}

const CHUNK_BYTES = 1 << 20;

async function writeTensor(
  { tensor, shape }: TensorPlan,
  random: Cipheriv,
  write: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const rows = tensor.shape[1] ?? 1;
  const rowBytes = tensor.byteLength / rows;
  const rowsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  for (let row = 0; row < rows; row += rowsPerChunk) {
    const chunk = random.update(Buffer.alloc(Math.min(rowsPerChunk, rows - row) * rowBytes));
    shape(chunk, row);
    await write(chunk);
  }
  const padding = paddingAfter(tensor.byteLength);
  if (padding > 0) await write(Buffer.alloc(padding));
}

async function writeWhole(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, written);
    written += bytesWritten;
  }
}

function entryOf(entries: readonly GgufEntry[], key: string): GgufEntry {
  const entry = entries.find((candidate) => candidate.key === key);
  if (entry === undefined) throw new Error(`${emberPath} has no ${key}`);
  return entry;
}
