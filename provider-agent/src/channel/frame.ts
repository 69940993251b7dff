import { EnclaveError } from './errors.ts';

/**
 * One frame of the host-enclave byte stream: `u32 len ‖ u8 type ‖ u32 streamId ‖ payload`, big-endian, `len` counting
 * what follows it. The same bytes travel over a Unix socket now and over vsock later.
 */
export type Frame = { readonly type: number; readonly streamId: number; readonly payload: Uint8Array };

const HEADER_BYTES = 9;
const COUNTED_HEADER_BYTES = 5;

/** Largest payload either side may send: a sealed frame of 64 KiB and room, and every control message. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`frame payload: at most ${MAX_PAYLOAD_BYTES} bytes, got ${frame.payload.length}`);
  }
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + frame.payload.length);
  bytes.writeUInt32BE(COUNTED_HEADER_BYTES + frame.payload.length, 0);
  bytes.writeUInt8(frame.type, 4);
  bytes.writeUInt32BE(frame.streamId, 5);
  bytes.set(frame.payload, HEADER_BYTES);
  return bytes;
}

/** Cuts a byte stream into frames, however the bytes were split on the way. */
export class FrameDecoder {
  #pending: Buffer = Buffer.alloc(0);

  /** @throws EnclaveError `protocol_violation` for a length that no honest peer sends; the connection is then dead. */
  push(chunk: Uint8Array): Frame[] {
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    let offset = 0;
    while (this.#pending.length - offset >= HEADER_BYTES) {
      const length = this.#pending.readUInt32BE(offset);
      assertFrameLength(length);
      const end = offset + 4 + length;
      if (end > this.#pending.length) break;
      frames.push({
        type: this.#pending.readUInt8(offset + 4),
        streamId: this.#pending.readUInt32BE(offset + 5),
        payload: Uint8Array.prototype.slice.call(this.#pending, offset + HEADER_BYTES, end),
      });
      offset = end;
    }
    this.#pending = this.#pending.subarray(offset);
    return frames;
  }

  /** Bytes of a frame that has not arrived whole; not zero at the end of a stream means it was cut off. */
  get pendingBytes(): number {
    return this.#pending.length;
  }
}

function assertFrameLength(length: number): void {
  if (length >= COUNTED_HEADER_BYTES && length <= COUNTED_HEADER_BYTES + MAX_PAYLOAD_BYTES) return;
  throw new EnclaveError(
    'protocol_violation',
    `frame length: expected ${COUNTED_HEADER_BYTES} to ${COUNTED_HEADER_BYTES + MAX_PAYLOAD_BYTES}, got ${length}`,
  );
}
