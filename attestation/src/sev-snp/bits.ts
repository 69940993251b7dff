/** Bit `index` of a little-endian field. */
export function hasBit(bytes: Uint8Array, index: number): boolean {
  return (((bytes[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/** Named bits of a little-endian field: name → bit number. */
export type BitTable = Readonly<Record<string, number>>;

export type BitsOf<Table extends BitTable> = { readonly [Name in keyof Table]: boolean };

export function readBits<const Table extends BitTable>(bytes: Uint8Array, table: Table): BitsOf<Table> {
  const entries = Object.entries(table).map(([name, index]) => [name, hasBit(bytes, index)]);
  return Object.fromEntries(entries) as BitsOf<Table>;
}

/** Whether a bit from `first` on is set that `known` does not list. */
export function hasOtherBits(bytes: Uint8Array, first: number, known: readonly number[]): boolean {
  const all = Array.from({ length: bytes.length * 8 - first }, (_, index) => first + index);
  return all.some((index) => !known.includes(index) && hasBit(bytes, index));
}

/** The value of a little-endian field in minimal hex, as specifications write bit fields: 0x30000. */
export function littleEndianToHex(bytes: Uint8Array): string {
  const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return `0x${value.toString(16)}`;
}
