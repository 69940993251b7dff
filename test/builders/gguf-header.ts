/** GGUF value types that we read or write (ggml `docs/gguf.md`, version 3, little-endian). */
const valueType = { uint32: 4, float32: 6, string: 8, array: 9 } as const;
/** Bytes of the fixed-size value types; strings and arrays have none. */
const sizeOfType: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const GGUF_VERSION = 3;
/** Tensor data starts, and every tensor in it, at a multiple of this. */
export const ggufAlignment = 32;

/** One key of the metadata, its type and value still in file form, so that it can be copied as it stands. */
export interface GgufEntry {
  readonly key: string;
  readonly type: number;
  readonly bytes: Buffer;
}

export interface GgufTensor {
  readonly name: string;
  /** Row length first, then the number of rows. */
  readonly shape: readonly number[];
  readonly type: number;
  readonly byteLength: number;
}

/** The metadata of a GGUF file. @throws Error when it is not GGUF version 3 */
export function readGgufMetadata(file: Buffer): GgufEntry[] {
  const magic = file.toString('latin1', 0, 4);
  const version = file.readUInt32LE(4);
  if (magic !== 'GGUF' || version !== GGUF_VERSION)
    throw new Error(`GGUF header: expected GGUF version ${GGUF_VERSION}, got ${magic} version ${version}`);
  const count = Number(file.readBigUInt64LE(16));
  const entries: GgufEntry[] = [];
  let offset = 24;
  for (let index = 0; index < count; index += 1) {
    const keyEnd = endOfString(file, offset);
    const key = file.toString('utf8', offset + 8, keyEnd);
    const type = file.readUInt32LE(keyEnd);
    offset = endOfValue(file, keyEnd + 4, type);
    entries.push({ key, type, bytes: file.subarray(keyEnd + 4, offset) });
  }
  return entries;
}

/** An array of 32-bit integers, such as `tokenizer.ggml.token_type`. @throws Error for any other type */
export function int32Array({ key, type, bytes }: GgufEntry): Int32Array {
  const elementType = bytes.readUInt32LE(0);
  if (type !== valueType.array || elementType !== 5)
    throw new Error(`${key}: expected an array of int32, got type ${type} of ${elementType}`);
  const values = new Int32Array(Number(bytes.readBigUInt64LE(4)));
  for (let index = 0; index < values.length; index += 1) values[index] = bytes.readInt32LE(12 + 4 * index);
  return values;
}

export function uint32Entry(key: string, value: number): GgufEntry {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return { key, type: valueType.uint32, bytes };
}

export function float32Entry(key: string, value: number): GgufEntry {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return { key, type: valueType.float32, bytes };
}

export function stringEntry(key: string, value: string): GgufEntry {
  return { key, type: valueType.string, bytes: encodeString(value) };
}

/** Everything before the tensor data, padded; the data follows in the order of `tensors`. */
export function encodeGgufHeader(entries: readonly GgufEntry[], tensors: readonly GgufTensor[]): Buffer {
  const parts = [
    Buffer.from('GGUF', 'latin1'),
    uint32(GGUF_VERSION),
    uint64(tensors.length),
    uint64(entries.length),
  ];
  for (const { key, type, bytes } of entries) parts.push(encodeString(key), uint32(type), bytes);
  let dataOffset = 0;
  for (const { name, shape, type, byteLength } of tensors) {
    parts.push(
      encodeString(name),
      uint32(shape.length),
      ...shape.map(uint64),
      uint32(type),
      uint64(dataOffset),
    );
    dataOffset += byteLength + paddingAfter(byteLength);
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(paddingAfter(header.length))]);
}

export function paddingAfter(byteLength: number): number {
  return (ggufAlignment - (byteLength % ggufAlignment)) % ggufAlignment;
}

function endOfValue(file: Buffer, offset: number, type: number): number {
  if (type === valueType.string) return endOfString(file, offset);
  if (type === valueType.array) {
    const elementType = file.readUInt32LE(offset);
    const length = Number(file.readBigUInt64LE(offset + 4));
    let end = offset + 12;
    for (let index = 0; index < length; index += 1) end = endOfValue(file, end, elementType);
    return end;
  }
  const size = sizeOfType[type];
  if (size === undefined) throw new Error(`GGUF header: unknown value type ${type} at byte ${offset}`);
  return offset + size;
}

function endOfString(file: Buffer, offset: number): number {
  return offset + 8 + Number(file.readBigUInt64LE(offset));
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
