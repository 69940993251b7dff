import { byteMutations, joined } from '../mutations/bytes.ts';
import type { Random } from '../random.ts';

/** A change of a message of one clear piece (prefix or prelude) and frames, by somebody on its way; `other` is another one. */
type Bend = (message: readonly Uint8Array[], random: Random, other: readonly Uint8Array[]) => Uint8Array;

const FRAME_HEADER_BYTES = 5;

export const bends: Readonly<Record<string, Bend>> = {
  bit: ([...pieces], random) => {
    const bytes = joined(...pieces);
    const bit = random.below(bytes.length * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  },
  bytes: (message, random, other) =>
    random.pick(byteMutations)(joined(...message), random, [joined(...other)]),
  truncation: (message, random) => {
    const bytes = joined(...message);
    return bytes.slice(0, random.below(bytes.length));
  },
  frameOrder: ([first, ...frames], random) => {
    const [a, b] = [random.below(frames.length), random.below(frames.length)];
    [frames[a], frames[b]] = [frames[b] as Uint8Array, frames[a] as Uint8Array];
    return joined(first as Uint8Array, ...frames);
  },
  frameLeftOut: ([first, ...frames], random) => {
    frames.splice(random.below(frames.length), 1);
    return joined(first as Uint8Array, ...frames);
  },
  frameRepeated: ([first, ...frames], random) => {
    const at = random.below(frames.length);
    frames.splice(random.below(frames.length + 1), 0, frames[at] as Uint8Array);
    return joined(first as Uint8Array, ...frames);
  },
  frameRetyped: ([first, ...frames], random) => {
    const at = random.below(frames.length);
    const frame = Uint8Array.from(frames[at] as Uint8Array);
    frame[0] = random.below(8);
    frames[at] = frame;
    return joined(first as Uint8Array, ...frames);
  },
  frameLength: ([first, ...frames], random) => {
    const at = random.below(frames.length);
    const frame = Uint8Array.from(frames[at] as Uint8Array);
    const view = new DataView(frame.buffer);
    view.setUint32(1, view.getUint32(1) + random.pick([-256, -16, -1, 1, 16, 256]));
    frames[at] = frame;
    return joined(first as Uint8Array, ...frames);
  },
  frameShortened: ([first, ...frames], random) => {
    const at = random.below(frames.length);
    const frame = (frames[at] as Uint8Array).slice(0, -1 - random.below(8));
    if (frame.length < FRAME_HEADER_BYTES) return joined(first as Uint8Array);
    new DataView(frame.buffer).setUint32(1, frame.length - FRAME_HEADER_BYTES);
    frames[at] = frame;
    return joined(first as Uint8Array, ...frames);
  },
  frameOfAnother: ([first, ...frames], random, [, ...others]) => {
    frames[random.below(frames.length)] = random.pick(others);
    return joined(first as Uint8Array, ...frames);
  },
  startOfAnother: ([, ...frames], _random, [first]) => joined(first as Uint8Array, ...frames),
  endAppended: (message, random) => joined(...message, random.pick(message)),
};
