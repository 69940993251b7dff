import { concatBytes } from './big-endian.ts';

/** Client bytes of an answer together with the ids of the tokens that they stand for: neither arrives without the other. */
export interface OutputPayload {
  readonly tokenIds: readonly number[];
  readonly bytes: Uint8Array;
}

const COUNT_BYTES = 2;
const TOKEN_BYTES = 4;

/** `u16 n ‖ n × u32 token id ‖ bytes` */
export function encodeOutput({ tokenIds, bytes }: OutputPayload): Uint8Array {
  if (tokenIds.length > 0xffff)
    throw new RangeError(`output: expected at most 65535 tokens in one frame, got ${tokenIds.length}`);
  const head = new Uint8Array(COUNT_BYTES + TOKEN_BYTES * tokenIds.length);
  const view = new DataView(head.buffer);
  view.setUint16(0, tokenIds.length);
  for (const [index, id] of tokenIds.entries()) view.setUint32(COUNT_BYTES + TOKEN_BYTES * index, id);
  return concatBytes(head, bytes);
}

/** `undefined` when the payload is too short for what it announces. */
export function decodeOutput(payload: Uint8Array): OutputPayload | undefined {
  if (payload.length < COUNT_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const count = view.getUint16(0);
  const start = COUNT_BYTES + TOKEN_BYTES * count;
  if (start > payload.length) return undefined;
  const tokenIds = Array.from({ length: count }, (_, i) => view.getUint32(COUNT_BYTES + TOKEN_BYTES * i));
  return { tokenIds, bytes: payload.subarray(start) };
}
