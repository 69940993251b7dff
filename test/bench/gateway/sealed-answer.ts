import { randomBytes } from 'node:crypto';
import { encodeFrame, frameType } from '@hearth/sdk/sealed-job/clear';

const AEAD_TAG_BYTES = 16;
const PAD_BYTES = 256;

/**
 * What a short sealed answer looks like on the way: key id and nonce, then head, data and final frame, each padded to
 * 256 bytes of plaintext. Random bytes stand for the ciphertext, which nobody between enclave and buyer can tell apart.
 */
export function sealedAnswer(): Buffer {
  const frame = (type: (typeof frameType)['head' | 'data' | 'final']) =>
    encodeFrame(type, randomBytes(PAD_BYTES + AEAD_TAG_BYTES));
  return Buffer.concat([
    randomBytes(64),
    frame(frameType.head),
    frame(frameType.data),
    frame(frameType.final),
  ]);
}
