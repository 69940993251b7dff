import type { Random } from '../random.ts';

/** A change of raw bytes, which are no Buffer; `others` are files of the same form to take pieces from. */
export type ByteMutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const interesting = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const lengths = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];
/** Beyond every written limit of a format but small enough to make often. */
const rarelyLong = 300 * 1024;

export const byteMutations: readonly ByteMutation[] = [
  (bytes, random) => changed(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => changed(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => changed(bytes, random.below(bytes.length), () => random.below(256)),
  (bytes, random) => changed(bytes, random.below(bytes.length), () => random.pick(interesting)),
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  (bytes, random) => bytes.slice(random.below(Math.min(64, bytes.length))),
  removed,
  duplicated,
  swapped,
  overwritten,
  spliced,
  integerEdited,
  integerEdited,
  (bytes, random) => joined(bytes, random.bytes(1 + random.below(64))),
  (bytes, random) => joined(bytes, new Uint8Array(1 + random.below(4096))),
  (bytes, random) => (random.oneIn(50) ? joined(bytes, new Uint8Array(rarelyLong)) : bytes.slice(1)),
];

/** Somewhere a length, count or version stands: every small integer is tried as if it were one. */
function integerEdited(bytes: Uint8Array, random: Random): Uint8Array {
  const width = random.pick([1, 2, 4]);
  const at = random.below(bytes.length - width);
  if (at + width > bytes.length) return bytes.slice(1);
  const copy = bytes.slice();
  const view = new DataView(copy.buffer, at, width);
  const isLittle = random.oneIn(2);
  const now =
    width === 1 ? view.getUint8(0) : width === 2 ? view.getUint16(0, isLittle) : view.getUint32(0, isLittle);
  const next = random.oneIn(2) ? now + random.pick([-2, -1, 1, 2, 16, bytes.length]) : random.pick(lengths);
  if (width === 1) view.setUint8(0, next);
  else if (width === 2) view.setUint16(0, next, isLittle);
  else view.setUint32(0, next, isLittle);
  return copy;
}

function removed(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64)));
}

function duplicated(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  const end = Math.min(bytes.length, at + 1 + random.below(256));
  return joined(bytes.subarray(0, end), bytes.subarray(at));
}

function swapped(bytes: Uint8Array, random: Random): Uint8Array {
  const length = 1 + random.below(32);
  const [a, b] = [random.below(bytes.length - length), random.below(bytes.length - length)];
  const copy = bytes.slice();
  copy.set(bytes.subarray(b, b + length), a);
  copy.set(bytes.subarray(a, a + length), b);
  return copy;
}

function overwritten(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  const at = random.below(bytes.length);
  copy.fill(random.pick(interesting), at, at + 1 + random.below(64));
  return copy;
}

function spliced(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const other = random.pick(others) ?? bytes;
  return joined(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));
}

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = change(bytes[at] ?? 0);
  return copy;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
