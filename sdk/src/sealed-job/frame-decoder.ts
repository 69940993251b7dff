import { assertFrameHeader, type Frame, type FrameType } from './frame.ts';
import { type Direction, truncated } from './wire-errors.ts';
import { FRAME_HEADER_BYTES } from './wire-limits.ts';

/**
 * Splits a byte stream into frames, whatever the chunk borders. Holds at most one frame; each byte is copied once.
 * @throws HearthError as soon as a frame header is wrong, before anything is allocated for it.
 */
export class FrameDecoder {
  readonly #direction: Direction;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #frame: Uint8Array | undefined;
  #filled = 0;

  constructor(direction: Direction) {
    this.#direction = direction;
  }

  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      const target = this.#frame ?? this.#header;
      const taken = Math.min(target.length - this.#filled, chunk.length - offset);
      target.set(chunk.subarray(offset, offset + taken), this.#filled);
      offset += taken;
      this.#filled += taken;
      if (this.#filled === target.length) this.#complete(frames);
    }
    return frames;
  }

  /** @throws HearthError `stream_truncated` when the stream ends inside a frame. */
  end(): void {
    if (this.#filled > 0) throw truncated(this.#direction, 'inside a frame');
  }

  #complete(frames: Frame[]): void {
    if (this.#frame === undefined) {
      const type = this.#header[0] ?? 0;
      const length = new DataView(this.#header.buffer).getUint32(1);
      assertFrameHeader(this.#direction, type, length);
      this.#frame = new Uint8Array(FRAME_HEADER_BYTES + length);
      this.#frame.set(this.#header);
      if (length > 0) return;
    }
    const bytes = this.#frame;
    frames.push({ type: bytes[0] as FrameType, payload: bytes.subarray(FRAME_HEADER_BYTES), bytes });
    this.#frame = undefined;
    this.#filled = 0;
  }
}
