import { type Hex, hexToBytes } from '../../bytes/hex.ts';
import { unixSecToIso } from '../../bytes/utc-time.ts';

/** One field: its name as specifications spell it where they do, its value, and what that means. */
export type Row = { readonly name: string; readonly value: string; readonly meaning?: string };

export type Section = { readonly title: string; readonly rows: readonly Row[] };

export function row(name: string, value: string | number | boolean, meaning?: string): Row {
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return meaning === undefined || meaning === '' ? { name, value: text } : { name, value: text, meaning };
}

/** A row for each field that is there, in the object's order; `names` and `meanings` by field. */
export function rowsOf(
  fields: Readonly<Record<string, unknown>>,
  meanings: Readonly<Record<string, ((value: never) => string | undefined) | string>> = {},
): Row[] {
  return Object.entries(fields).flatMap(([name, value]): Row[] => {
    if (value === undefined || value === null) return [];
    const meaning = meanings[name];
    const words = typeof meaning === 'function' ? meaning(value as never) : meaning;
    if (name.endsWith('UnixSec') && typeof value === 'number') {
      return [row(name.slice(0, -'UnixSec'.length), unixSecToIso(value), words)];
    }
    if (Array.isArray(value)) return [row(name, value.map(scalar).join(', ') || 'none', words)];
    if (typeof value === 'object') {
      const inner = rowsOf(value as Record<string, unknown>);
      return inner.map((one) => ({ ...one, name: `${name}.${one.name}` }));
    }
    return [row(name, scalar(value), words)];
  });
}

function scalar(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Names of the set bits of a little-endian field, by number where a bit has no name here. */
export function bitNames(field: Hex, names: Readonly<Record<number, string>>): string {
  const bytes = hexToBytes(field);
  const bits = Array.from({ length: 8 * bytes.length }, (_, bit) => bit);
  const set = bits.filter((bit) => ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
  return set.map((bit) => names[bit] ?? `bit ${bit}, which has no name here`).join(', ') || 'no bit set';
}

export function zeroMeans(meaning: string): (value: Hex) => string | undefined {
  return (value) => (/^0x0*$/.test(value) ? meaning : undefined);
}

/** Bytes as decimal numbers. */
export function svns(value: Hex): string {
  return `SVNs ${[...hexToBytes(value)].join(' ')}`;
}
