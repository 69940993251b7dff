import { openAesGcm, sealAesGcm } from './cipher/index.ts';
import { type EncryptedFrameType, encodeFrame } from './frame.ts';
import type { FrameKeys } from './frame-keys.ts';
import { type Direction, refused } from './wire-errors.ts';
import { AEAD_TAG_BYTES, MAX_FRAMES_PER_STREAM } from './wire-limits.ts';

/**
 * AES-256-GCM over a numbered sequence of frames: nonce = nonce0 XOR be64(i), AAD = type ‖ be64(i). The number is
 * not sent, so a dropped, repeated or moved frame fails to open.
 */
class FrameCounter {
  readonly keys: FrameKeys;
  #next = 0;

  constructor(keys: FrameKeys) {
    this.keys = keys;
  }

  step(type: EncryptedFrameType): { nonce: Uint8Array; aad: Uint8Array } | undefined {
    if (this.#next >= MAX_FRAMES_PER_STREAM) return undefined;
    const aad = new Uint8Array(9);
    aad[0] = type;
    new DataView(aad.buffer).setBigUint64(1, BigInt(this.#next++));
    const nonce = Uint8Array.from(this.keys.nonce0);
    for (let i = 0; i < 8; i++) nonce[4 + i] = (nonce[4 + i] ?? 0) ^ (aad[1 + i] ?? 0);
    return { nonce, aad };
  }
}

export class FrameSealer {
  readonly #counter: FrameCounter;

  constructor(keys: FrameKeys) {
    this.#counter = new FrameCounter(keys);
  }

  /** @returns the whole frame, ready for the wire. */
  seal(type: EncryptedFrameType, plaintext: Uint8Array): Uint8Array {
    const step = this.#counter.step(type);
    if (step === undefined)
      throw new RangeError(`expected at most ${MAX_FRAMES_PER_STREAM} frames in one stream`);
    return encodeFrame(type, sealAesGcm(this.#counter.keys.key, step.nonce, step.aad, plaintext));
  }
}

export class FrameOpener {
  readonly #counter: FrameCounter;
  readonly #direction: Direction;

  constructor(keys: FrameKeys, direction: Direction) {
    this.#counter = new FrameCounter(keys);
    this.#direction = direction;
  }

  /** @throws HearthError, always the same, whatever is wrong with the frame. */
  open(type: EncryptedFrameType, payload: Uint8Array): Uint8Array {
    const step = this.#counter.step(type);
    if (step === undefined || payload.length < AEAD_TAG_BYTES) throw refused(this.#direction);
    try {
      return openAesGcm(this.#counter.keys.key, step.nonce, step.aad, payload);
    } catch {
      throw refused(this.#direction);
    }
  }
}
