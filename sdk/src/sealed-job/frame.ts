import { concatBytes, uintBytes, utf8 } from './big-endian.ts';
import { type Direction, malformed, tooLarge } from './wire-errors.ts';
import {
  AEAD_TAG_BYTES,
  FRAME_HEADER_BYTES,
  MAX_FRAME_BYTES,
  MAX_GATEWAY_ERROR_BYTES,
  PLAINTEXT_HEADER_BYTES,
} from './wire-limits.ts';

/** Types 1, 2, 3, 5, 6 are encrypted. 0 and 4 anybody on the path can write, so they carry no meaning to rely on. */
export const frameType = {
  keepAlive: 0,
  /** Body bytes (request) or SSE/JSON bytes (response). */
  data: 1,
  /** Last piece of a request body; usage and receipt of a response. Nothing follows it. */
  final: 2,
  /** First frame of a response. */
  head: 3,
  /** Plain JSON `{code, message}` by the gateway: ends the stream, never proves anything. */
  gatewayError: 4,
  /** Interim receipt inside a response. */
  interim: 5,
  /** Response bytes with the ids of the generated tokens that they stand for. */
  output: 6,
} as const;

export type FrameType = (typeof frameType)[keyof typeof frameType];
export type EncryptedFrameType = Exclude<FrameType, 0 | 4>;

export interface Frame {
  readonly type: FrameType;
  readonly payload: Uint8Array;
  /** The whole frame as it travelled: `u8 type ‖ u32 len ‖ payload`. */
  readonly bytes: Uint8Array;
}

export const isEncrypted = (type: FrameType): type is EncryptedFrameType =>
  type !== frameType.keepAlive && type !== frameType.gatewayError;

/** Checks `type` and `length` as read from a frame header; throws before anything is allocated for the payload. */
export function assertFrameHeader(
  direction: Direction,
  type: number,
  length: number,
): asserts type is FrameType {
  if (type > frameType.output) throw malformed(direction, `frame type must be 0 to 6, got ${type}`);
  const known = type as FrameType;
  if (isEncrypted(known)) {
    if (FRAME_HEADER_BYTES + length > MAX_FRAME_BYTES)
      throw tooLarge(direction, 'frame', MAX_FRAME_BYTES, FRAME_HEADER_BYTES + length);
    if (length < PLAINTEXT_HEADER_BYTES + AEAD_TAG_BYTES)
      throw malformed(direction, `encrypted frame of ${length} bytes is too short`);
  } else if (known === frameType.keepAlive && length !== 0) {
    throw malformed(direction, `keep-alive frame must be empty, got ${length} bytes`);
  } else if (length > MAX_GATEWAY_ERROR_BYTES) {
    throw tooLarge(direction, 'gateway error frame', MAX_GATEWAY_ERROR_BYTES, length);
  }
}

export function encodeFrame(type: FrameType, payload: Uint8Array): Uint8Array {
  assertFrameHeader('response', type, payload.length);
  return concatBytes(Uint8Array.of(type), uintBytes(payload.length, 4), payload);
}

export const keepAliveFrame = (): Uint8Array => encodeFrame(frameType.keepAlive, new Uint8Array(0));

/** What a gateway or host writes when it has to end a stream that is not its own; `message` must not carry job data. */
export function gatewayErrorFrame(code: string, message: string): Uint8Array {
  return encodeFrame(frameType.gatewayError, utf8(JSON.stringify({ code, message: message.slice(0, 1024) })));
}
