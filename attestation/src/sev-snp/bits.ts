/** Bit `index` of a field. */
export function hasBit(field: bigint, index: number): boolean {
  return ((field >> BigInt(index)) & 1n) === 1n;
}

/** Named bits of a field: name → bit number. */
export type BitTable = Readonly<Record<string, number>>;

export type BitsOf<Table extends BitTable> = { readonly [Name in keyof Table]: boolean };

export function readBits<const Table extends BitTable>(field: bigint, table: Table): BitsOf<Table> {
  const entries = Object.entries(table).map(([name, index]) => [name, hasBit(field, index)]);
  return Object.fromEntries(entries) as BitsOf<Table>;
}

/** Whether a bit from `first` on is set that `known` does not list. */
export function hasOtherBits(field: bigint, first: number, known: readonly number[]): boolean {
  const expected = known.reduce((mask, index) => mask | (1n << BigInt(index)), (1n << BigInt(first)) - 1n);
  return (field & ~expected) !== 0n;
}

/** Minimal hex, as specifications write bit fields: 0x30000. */
export function bitsToHex(field: bigint): string {
  return `0x${field.toString(16)}`;
}
