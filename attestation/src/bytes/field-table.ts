import { bytesToHex, type Hex } from './hex.ts';

/** Fixed-position fields of a structure: name → [offset, length] in bytes. */
export type FieldTable = Readonly<Record<string, readonly [offset: number, length: number]>>;

export type FieldsOf<Table extends FieldTable> = { readonly [Name in keyof Table]: Hex };

/** Cuts every field out as hex. The caller has checked that `bytes` has the structure's full length. */
export function readFields<Table extends FieldTable>(bytes: Uint8Array, table: Table): FieldsOf<Table> {
  const entries = Object.entries(table).map(([name, [offset, length]]) => [
    name,
    bytesToHex(bytes.subarray(offset, offset + length)),
  ]);
  return Object.fromEntries(entries) as FieldsOf<Table>;
}
