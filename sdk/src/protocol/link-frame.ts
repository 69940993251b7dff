import { HearthError } from './errors.ts';

/**
 * Binary frames on the agent link: `u8 type ‖ u32 stream ‖ payload`, big-endian. The gateway opens a stream per job;
 * `credit` grants the peer that many more payload bytes of `data` on the stream (u32).
 */
export const linkFrameTypes = {
  /** Gateway → agent. Payload: the 32-byte lease id. */
  open: 0,
  /** Both ways. Payload: bytes of the sealed request or of the sealed response. */
  data: 1,
  /** Both ways. No more data from this side. */
  end: 2,
  /** Gateway → agent: the buyer is gone; stop generating. */
  cancel: 3,
  /** Both ways. Payload: u32. */
  credit: 4,
  /** Agent → gateway: the job failed. Payload: JSON of `jobError` (job-error.ts). */
  error: 5,
} as const;
export type LinkFrameType = (typeof linkFrameTypes)[keyof typeof linkFrameTypes];
export type LinkFrame = {
  readonly type: LinkFrameType;
  readonly stream: number;
  readonly payload: Uint8Array;
};

const HEADER_BYTES = 5;

export function encodeLinkFrame(
  type: LinkFrameType,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  frame[0] = type;
  new DataView(frame.buffer).setUint32(1, stream);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** @throws HearthError `peer_protocol_violation` */
export function decodeLinkFrame(frame: Uint8Array): LinkFrame {
  const type = frame[0];
  if (frame.length < HEADER_BYTES || type === undefined || type > linkFrameTypes.error) {
    throw new HearthError(
      'peer_protocol_violation',
      `agent link: not a frame (${frame.length} bytes, type ${type})`,
    );
  }
  const stream = new DataView(frame.buffer, frame.byteOffset).getUint32(1);
  return { type: type as LinkFrameType, stream, payload: frame.subarray(HEADER_BYTES) };
}

export function creditPayload(bytes: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, bytes);
  return payload;
}

/** @throws HearthError `peer_protocol_violation` */
export function parseCredit(payload: Uint8Array): number {
  if (payload.length !== 4) throw new HearthError('peer_protocol_violation', 'agent link: credit is a u32');
  return new DataView(payload.buffer, payload.byteOffset).getUint32(0);
}
