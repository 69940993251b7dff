import { bytesToHex, type Hex } from './hex.ts';

/** Fixed-position fields of a structure: name → [offset, length] in bytes. */
export type FieldTable = Readonly<Record<string, readonly [offset: number, length: number]>>;

export type FieldsOf<Table extends FieldTable> = { readonly [Name in keyof Table]: Hex };

/** Cuts every field out as hex. The caller has checked that `bytes` has the structure's full length. */
export function readFields<Table extends FieldTable>(bytes: Uint8Array, table: Table): FieldsOf<Table> {
  // One conversion of the whole, then pieces of text: many small conversions cost several times as much.
  const digits = bytesToHex(bytes);
  const fields: Record<string, Hex> = {};
  for (const name of Object.keys(table)) {
    const [offset, length] = table[name] as FieldTable[string];
    fields[name] = `0x${digits.slice(2 + 2 * offset, 2 + 2 * (offset + length))}`;
  }
  return fields as FieldsOf<Table>;
}
