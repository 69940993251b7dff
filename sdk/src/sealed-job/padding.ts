import {
  MAX_FRAME_PLAINTEXT_BYTES,
  MAX_PADDED_REQUEST_FRAMES,
  MAX_REQUEST_BODY_BYTES,
  PADDED_REQUEST_FRAME_BYTES,
  PLAINTEXT_HEADER_BYTES,
  RESPONSE_PAD_BYTES,
  STRICT_CONTROL_FRAME_BYTES,
  STRICT_RESPONSE_FRAME_BYTES,
} from './wire-limits.ts';

/**
 * What a watcher of the network may learn from sizes. 0: exact sizes. 1 (standard): requests of a power-of-two KiB,
 * response frames of a multiple of 256 bytes. 2 (strict): requests of 32 KiB times a power of four, the response not
 * streamed but sent at the end as a power-of-two number of 4 KiB frames.
 */
export type PadClass = 0 | 1 | 2;

export const isPadClass = (value: number): value is PadClass => value === 0 || value === 1 || value === 2;

/** One frame's share: real bytes `start..end` of the message, padded to `plaintextBytes` including the length word. */
export interface PaddedPiece {
  readonly start: number;
  readonly end: number;
  readonly plaintextBytes: number;
}

export function planRequest(byteLength: number, padClass: PadClass): PaddedPiece[] {
  if (byteLength > MAX_REQUEST_BODY_BYTES) {
    throw new RangeError(`request body: expected at most ${MAX_REQUEST_BODY_BYTES} bytes, got ${byteLength}`);
  }
  if (padClass === 0) return planUnpadded(byteLength);
  if (padClass === 1 && byteLength + PLAINTEXT_HEADER_BYTES <= PADDED_REQUEST_FRAME_BYTES) {
    const plaintextBytes = 1024 * nextPower(2, Math.ceil((byteLength + PLAINTEXT_HEADER_BYTES) / 1024));
    return [{ start: 0, end: byteLength, plaintextBytes }];
  }
  const frames = nextPower(padClass === 1 ? 2 : 4, framesOf(byteLength, PADDED_REQUEST_FRAME_BYTES));
  return planEqual(byteLength, Math.min(frames, MAX_PADDED_REQUEST_FRAMES), PADDED_REQUEST_FRAME_BYTES);
}

/** @param kind control = head, interim and final frames, whose size must not show either. */
export function planResponse(
  byteLength: number,
  padClass: PadClass,
  kind: 'data' | 'control',
): PaddedPiece[] {
  if (padClass === 0) return planUnpadded(byteLength);
  if (padClass === 2) {
    const frameBytes = kind === 'data' ? STRICT_RESPONSE_FRAME_BYTES : STRICT_CONTROL_FRAME_BYTES;
    return planEqual(byteLength, nextPower(2, framesOf(byteLength, frameBytes)), frameBytes);
  }
  const largest = MAX_FRAME_PLAINTEXT_BYTES - (MAX_FRAME_PLAINTEXT_BYTES % RESPONSE_PAD_BYTES);
  return planEqual(byteLength, framesOf(byteLength, largest), largest).map(({ start, end }) => ({
    start,
    end,
    plaintextBytes:
      RESPONSE_PAD_BYTES * Math.ceil((end - start + PLAINTEXT_HEADER_BYTES) / RESPONSE_PAD_BYTES),
  }));
}

/** `u32 length ‖ bytes ‖ zeros` of one piece. */
export function padPiece(message: Uint8Array, piece: PaddedPiece): Uint8Array {
  const plaintext = new Uint8Array(piece.plaintextBytes);
  new DataView(plaintext.buffer).setUint32(0, piece.end - piece.start);
  plaintext.set(message.subarray(piece.start, piece.end), PLAINTEXT_HEADER_BYTES);
  return plaintext;
}

/** The real bytes, or `undefined` when the length lies or the padding is not zero. */
export function unpad(plaintext: Uint8Array): Uint8Array | undefined {
  if (plaintext.length < PLAINTEXT_HEADER_BYTES) return undefined;
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(0);
  const end = PLAINTEXT_HEADER_BYTES + length;
  if (end > plaintext.length || plaintext.subarray(end).some((byte) => byte !== 0)) return undefined;
  return plaintext.subarray(PLAINTEXT_HEADER_BYTES, end);
}

function planUnpadded(byteLength: number): PaddedPiece[] {
  const frames = framesOf(byteLength, MAX_FRAME_PLAINTEXT_BYTES);
  return planEqual(byteLength, frames, MAX_FRAME_PLAINTEXT_BYTES).map(({ start, end }) => ({
    start,
    end,
    plaintextBytes: end - start + PLAINTEXT_HEADER_BYTES,
  }));
}

/** `frames` frames of one size; the real bytes fill the first ones, the rest is padding only. */
function planEqual(byteLength: number, frames: number, frameBytes: number): PaddedPiece[] {
  const room = frameBytes - PLAINTEXT_HEADER_BYTES;
  return Array.from({ length: frames }, (_, i) => ({
    start: Math.min(i * room, byteLength),
    end: Math.min((i + 1) * room, byteLength),
    plaintextBytes: frameBytes,
  }));
}

const framesOf = (byteLength: number, frameBytes: number): number =>
  Math.max(1, Math.ceil(byteLength / (frameBytes - PLAINTEXT_HEADER_BYTES)));

function nextPower(base: 2 | 4, atLeast: number): number {
  let power = 1;
  while (power < atLeast) power *= base;
  return power;
}
