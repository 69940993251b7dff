export type Cbor =
  | bigint
  | number
  | string
  | Uint8Array
  | ReadonlyMap<number | string, Cbor>
  | readonly Cbor[]
  | Tagged;
export type Tagged = { readonly tag: number; readonly content: Cbor };

/** Deterministic CBOR (RFC 8949, 4.2.1) of integers, text, bytes, arrays, maps and tags: shortest heads, keys sorted. */
export function encodeCbor(item: Cbor): Uint8Array {
  if (typeof item === 'bigint' || typeof item === 'number') return integer(BigInt(item));
  if (typeof item === 'string') return withHead(3, new TextEncoder().encode(item));
  if (item instanceof Uint8Array) return withHead(2, item);
  if (Array.isArray(item)) return joined(head(4, BigInt(item.length)), ...item.map(encodeCbor));
  if (item instanceof Map) return map(item);
  const { tag, content } = item as Tagged;
  return joined(head(6, BigInt(tag)), encodeCbor(content));
}

function integer(value: bigint): Uint8Array {
  return value >= 0n ? head(0, value) : head(1, -1n - value);
}

function map(entries: ReadonlyMap<number | string, Cbor>): Uint8Array {
  const encoded = [...entries].map(([key, item]) => [encodeCbor(key), encodeCbor(item)] as const);
  encoded.sort(([a], [b]) => Buffer.compare(a, b));
  return joined(head(5, BigInt(encoded.length)), ...encoded.flat());
}

function withHead(major: number, bytes: Uint8Array): Uint8Array {
  return joined(head(major, BigInt(bytes.length)), bytes);
}

function head(major: number, value: bigint): Uint8Array {
  const lead = major << 5;
  if (value < 24n) return Uint8Array.of(lead | Number(value));
  const sizes = [1, 2, 4, 8];
  const width = sizes.findIndex((size) => value < 1n << BigInt(8 * size));
  if (width < 0) throw new RangeError(`CBOR head: expected a value below 2^64, got ${value}`);
  const size = sizes[width] as number;
  const bytes = Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn));
  return Uint8Array.of(lead | (24 + width), ...bytes);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
