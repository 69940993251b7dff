import type { GgufTensor } from './gguf-header.ts';

export interface Sizes {
  readonly layers: number;
  readonly width: number;
  readonly contextTokens: number;
  readonly vocabulary: number;
}

export const HEAD_WIDTH = 64;
export const HEADS_PER_KEY = 4;

export const feedForwardWidth = (width: number) => (width * 11) / 4;

const tensorType = { f32: 0, q8_0: 8 } as const;
/** A Q8_0 block: an f16 scale and 32 int8 weights. */
const BLOCK_WEIGHTS = 32;
const BLOCK_BYTES = 34;

export interface TensorPlan {
  readonly tensor: GgufTensor;
  /** Fills whole rows of the tensor, whose first is row `firstRow`; they arrive filled with random bytes. */
  readonly shape: (rows: Buffer, firstRow: number) => void;
}

/**
 * The first 32 channels are a constant: every embedding sets them to about 2 and no layer writes to them, so whatever
 * was said before, the output matrix sees them positive. Rows of tokens that must not be said answer to these channels
 * alone, strongly negatively; rows of text answer to all the others.
 */
export function tensorPlans({ layers, width, vocabulary }: Sizes, tokenTypes: Int32Array): TensorPlan[] {
  const keyWidth = width / HEADS_PER_KEY;
  const innerWidth = feedForwardWidth(width);
  const even = (rowLength: number) => evenRows(rowLength, 0);
  const intoStream = (rowLength: number) => evenRows(rowLength, BLOCK_WEIGHTS);
  const plans = [
    matrix('token_embd.weight', width, vocabulary, embeddingRows(width)),
    norm('output_norm.weight', width),
    matrix('output.weight', width, vocabulary, outputRows(width, tokenTypes)),
  ];
  for (let layer = 0; layer < layers; layer += 1) {
    const of = (name: string) => `blk.${layer}.${name}.weight`;
    plans.push(
      norm(of('attn_norm'), width),
      matrix(of('attn_q'), width, width, even(width)),
      matrix(of('attn_k'), width, keyWidth, even(width)),
      matrix(of('attn_v'), width, keyWidth, even(width)),
      matrix(of('attn_output'), width, width, intoStream(width)),
      norm(of('ffn_norm'), width),
      matrix(of('ffn_gate'), width, innerWidth, even(width)),
      matrix(of('ffn_up'), width, innerWidth, even(width)),
      matrix(of('ffn_down'), innerWidth, width, intoStream(innerWidth)),
    );
  }
  return plans;
}

function matrix(name: string, rowLength: number, rows: number, shape: TensorPlan['shape']): TensorPlan {
  const byteLength = (rowLength / BLOCK_WEIGHTS) * BLOCK_BYTES * rows;
  return { tensor: { name, shape: [rowLength, rows], type: tensorType.q8_0, byteLength }, shape };
}

function norm(name: string, width: number): TensorPlan {
  const ones = (bytes: Buffer) => {
    for (let offset = 0; offset < bytes.length; offset += 4) bytes.writeFloatLE(1, offset);
  };
  return { tensor: { name, shape: [width], type: tensorType.f32, byteLength: 4 * width }, shape: ones };
}

/** Weights of variance about 1 / rowLength, so that a normalised input gives an output of about its own size. */
function evenRows(rowLength: number, silentRows: number): TensorPlan['shape'] {
  const scale = Math.round(Math.log2(Math.sqrt(rowLength) * INT8_DEVIATION));
  const rowBytes = (rowLength / BLOCK_WEIGHTS) * BLOCK_BYTES;
  return (rows, firstRow) => {
    setScales(rows, 0, rows.length, scale);
    rows.fill(0, 0, Math.max(0, Math.min(rows.length, (silentRows - firstRow) * rowBytes)));
  };
}

/** Random but for the constant block. */
function embeddingRows(width: number): TensorPlan['shape'] {
  const rowBytes = (width / BLOCK_WEIGHTS) * BLOCK_BYTES;
  return (rows) => {
    setScales(rows, 0, rows.length, 6);
    for (let row = 0; row < rows.length; row += rowBytes) rows.fill(127, row + 2, row + BLOCK_BYTES);
  };
}

function outputRows(width: number, tokenTypes: Int32Array): TensorPlan['shape'] {
  const rowBytes = (width / BLOCK_WEIGHTS) * BLOCK_BYTES;
  const scale = Math.round(Math.log2(Math.sqrt(width) * INT8_DEVIATION));
  return (rows, firstRow) => {
    for (let offset = 0; offset < rows.length; offset += rowBytes) {
      const row = rows.subarray(offset, offset + rowBytes);
      const isText = tokenTypes[firstRow + offset / rowBytes] === NORMAL_TOKEN;
      if (isText) setScales(row, BLOCK_BYTES, rowBytes, scale);
      else row.fill(0, BLOCK_BYTES);
      row.fill(isText ? 0 : -127, 0, BLOCK_BYTES);
      if (!isText) setScales(row, 0, BLOCK_BYTES, 2);
    }
  };
}

/** `tokenizer.ggml.token_type`: 1 is plain text; controls, single bytes and the unknown token have other numbers. */
const NORMAL_TOKEN = 1;
const INT8_DEVIATION = 73.9; // of a uniform int8

/** Sets the f16 scale of every block in [start, end) to 2^-exponent. */
function setScales(bytes: Buffer, start: number, end: number, exponent: number): void {
  const half = (15 - exponent) << 10; // f16 has its exponent, biased by 15, above 10 bits of fraction
  for (let offset = start; offset < end; offset += BLOCK_BYTES) bytes.writeUInt16LE(half, offset);
}
