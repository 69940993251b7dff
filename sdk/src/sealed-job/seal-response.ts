import { fromHex, type Hex, toHex } from '@hearth/attestation/receipt';
import { newSha256, randomBytes } from '../crypto/index.ts';
import { canonicalBytes } from '../protocol/canonical-json.ts';
import { concatBytes } from './big-endian.ts';
import { type EncryptedFrameType, frameType } from './frame.ts';
import { FrameSealer } from './frame-cipher.ts';
import { responseFrameKeys } from './frame-keys.ts';
import type { OpenedJob } from './open-request.ts';
import { encodeOutput } from './output-payload.ts';
import { padPiece, planResponse } from './padding.ts';
import type { ResponseFinal, ResponseHead, ResponseInterim } from './response-payloads.ts';
import { MAX_STRICT_RESPONSE_BYTES, RESPONSE_NONCE_BYTES } from './wire-limits.ts';

/**
 * Writes one response: `prelude()`, `head`, any `data`, `output` and `interim`, `flush`, then `final`. Each call returns
 * the bytes to send, possibly none: pad class 2 holds data back until `flush` and sends neither interim frames nor token
 * ids, because their times and sizes would tell the length.
 */
export class ResponseSealer {
  readonly #job: OpenedJob;
  readonly #nonce: Uint8Array;
  readonly #sealer: FrameSealer;
  readonly #hash = newSha256();
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #stage: 'prelude' | 'head' | 'body' | 'closed' = 'prelude';

  /** @param nonce 32 fresh random bytes; given only by test vectors. */
  constructor(job: OpenedJob, nonce: Uint8Array = randomBytes(RESPONSE_NONCE_BYTES)) {
    this.#job = job;
    this.#nonce = Uint8Array.from(nonce);
    this.#sealer = new FrameSealer(responseFrameKeys(job.responseSecret, job.enc, this.#nonce));
  }

  /** `keyId32 ‖ nonce32`, in front of the frames. */
  prelude(): Uint8Array {
    this.#advance('prelude', 'head');
    const bytes = concatBytes(fromHex(this.#job.keyId), this.#nonce);
    this.#hash.update(bytes);
    return bytes;
  }

  head(head: Pick<ResponseHead, 'status' | 'contentType'>): Uint8Array {
    this.#advance('head', 'body');
    const { jobHeaderHash: hh, keyId } = this.#job;
    return this.#control(frameType.head, { ...head, hh, keyId });
  }

  data(bytes: Uint8Array): Uint8Array {
    this.#advance('body', 'body');
    if (this.#job.padClass !== 2)
      return bytes.length === 0 ? bytes : this.#seal(frameType.data, bytes, 'data');
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_STRICT_RESPONSE_BYTES) {
      throw new RangeError(`strict response: expected at most ${MAX_STRICT_RESPONSE_BYTES} bytes`);
    }
    this.#held.push(Uint8Array.from(bytes));
    return new Uint8Array(0);
  }

  /** Data that stands for these generated tokens; of an answer in one piece the ids come ahead of any bytes. */
  output(tokenIds: readonly number[], bytes: Uint8Array): Uint8Array {
    if (this.#job.padClass === 2) return this.data(bytes);
    this.#advance('body', 'body');
    return this.#seal(frameType.output, encodeOutput({ tokenIds, bytes }), 'data');
  }

  interim(interim: ResponseInterim): Uint8Array {
    this.#advance('body', 'body');
    return this.#job.padClass === 2 ? new Uint8Array(0) : this.#control(frameType.interim, interim);
  }

  /** Sends what is held back; to be called before `responseCiphertextHash` is read for the final receipt. */
  flush(): Uint8Array {
    this.#advance('body', 'body');
    if (this.#heldBytes === 0) return new Uint8Array(0);
    const bytes = concatBytes(...this.#held.splice(0));
    this.#heldBytes = 0;
    return this.#seal(frameType.data, bytes, 'data');
  }

  final(final: ResponseFinal): Uint8Array {
    this.#advance('body', 'closed');
    if (this.#heldBytes > 0) throw new Error('expected flush() before final()');
    return this.#control(frameType.final, final);
  }

  /** SHA-256 of prelude and encrypted frames so far, the final one excluded; the gateway's own frames never count. */
  responseCiphertextHash(): Hex {
    return toHex(this.#hash.digest());
  }

  #control(type: EncryptedFrameType, payload: unknown): Uint8Array {
    return this.#seal(type, canonicalBytes(payload), 'control');
  }

  #seal(type: EncryptedFrameType, bytes: Uint8Array, kind: 'data' | 'control'): Uint8Array {
    const pieces = planResponse(bytes.length, this.#job.padClass, kind);
    if (type !== frameType.data && pieces.length > 1)
      throw new RangeError(`${bytes.length} bytes do not fit one frame`);
    const frames = pieces.map((piece) => this.#sealer.seal(type, padPiece(bytes, piece)));
    if (type !== frameType.final) for (const frame of frames) this.#hash.update(frame);
    return concatBytes(...frames);
  }

  #advance(expected: 'prelude' | 'head' | 'body', next: 'head' | 'body' | 'closed'): void {
    if (this.#stage !== expected)
      throw new Error(`sealed response: expected stage ${expected}, is at ${this.#stage}`);
    this.#stage = next;
  }
}
