import { type Hex, toHex } from '@hearth/attestation/receipt';
import type { z } from 'zod';
import { newSha256 } from '../crypto/index.ts';
import { type EncryptedFrameType, type Frame, frameType, isEncrypted } from './frame.ts';
import { FrameOpener } from './frame-cipher.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { responseFrameKeys } from './frame-keys.ts';
import { decodeOutput, type OutputPayload } from './output-payload.ts';
import { unpad } from './padding.ts';
import {
  type GatewayError,
  gatewayError,
  type ResponseFinal,
  type ResponseHead,
  type ResponseInterim,
  responseFinal,
  responseHead,
  responseInterim,
} from './response-payloads.ts';
import type { ResponseSecret } from './seal-request.ts';
import { refused, truncated } from './wire-errors.ts';
import { KEY_ID_BYTES, RESPONSE_NONCE_BYTES } from './wire-limits.ts';

export type ResponseEvent =
  | { readonly type: 'head'; readonly head: ResponseHead }
  /** `tokenIds`: of the generated tokens that these bytes stand for; none for what the model did not say. */
  | { readonly type: 'data'; readonly bytes: Uint8Array; readonly tokenIds: readonly number[] }
  /** `precedingCiphertextHash` is what the receipt's responseCiphertextHash must equal. */
  | { readonly type: 'interim'; readonly interim: ResponseInterim; readonly precedingCiphertextHash: Hex }
  | { readonly type: 'final'; readonly final: ResponseFinal; readonly precedingCiphertextHash: Hex }
  | { readonly type: 'keep-alive' }
  /** Not authenticated: anybody on the path may have written it. Ends the stream without an answer. */
  | { readonly type: 'gateway-error'; readonly untrusted: GatewayError };

/**
 * Opens one response as it arrives. Order is enforced: prelude, head, then data and interim, final, nothing after.
 * A caller has an answer only after the `final` event and a silent `end()`.
 */
export class ResponseOpener {
  readonly #jobHeaderHash: Hex;
  readonly #secrets: readonly ResponseSecret[];
  readonly #prelude = new Uint8Array(KEY_ID_BYTES + RESPONSE_NONCE_BYTES);
  readonly #decoder = new FrameDecoder('response');
  readonly #hash = newSha256();
  #preludeFilled = 0;
  #opener: FrameOpener | undefined;
  #keyId: Hex | undefined;
  #stage: 'head' | 'body' | 'final' | 'aborted' = 'head';

  constructor(jobHeaderHash: Hex, secrets: readonly ResponseSecret[]) {
    this.#jobHeaderHash = jobHeaderHash;
    this.#secrets = secrets;
  }

  /** @throws HearthError `peer_protocol_violation` on anything that this job's enclave did not write in this place. */
  push(chunk: Uint8Array): ResponseEvent[] {
    try {
      const frames = this.#decoder.push(this.#takePrelude(chunk));
      return frames.map((frame) => this.#open(frame));
    } catch (error) {
      this.#stage = 'aborted'; // a caller that goes on after an error must not get an answer
      throw error;
    }
  }

  /** Call at the end of the bytes. @throws HearthError `stream_truncated` unless the final frame was opened. */
  end(): void {
    this.#decoder.end();
    if (this.#stage !== 'final') throw truncated('response', 'before its final frame');
  }

  /** The enclave that answers, once the prelude is in. */
  get keyId(): Hex | undefined {
    return this.#keyId;
  }

  #takePrelude(chunk: Uint8Array): Uint8Array {
    const missing = this.#prelude.length - this.#preludeFilled;
    if (missing === 0) return chunk;
    const taken = chunk.subarray(0, missing);
    this.#prelude.set(taken, this.#preludeFilled);
    this.#preludeFilled += taken.length;
    if (this.#preludeFilled === this.#prelude.length) this.#start();
    return chunk.subarray(taken.length);
  }

  #start(): void {
    this.#keyId = toHex(this.#prelude.subarray(0, KEY_ID_BYTES));
    const match = this.#secrets.find(({ keyId }) => keyId === this.#keyId);
    if (match === undefined) throw refused('response');
    const keys = responseFrameKeys(match.secret, match.enc, this.#prelude.subarray(KEY_ID_BYTES));
    this.#opener = new FrameOpener(keys, 'response');
    this.#hash.update(this.#prelude);
  }

  #open(frame: Frame): ResponseEvent {
    if (this.#stage === 'final' || this.#stage === 'aborted') throw refused('response');
    if (frame.type === frameType.keepAlive) return { type: 'keep-alive' };
    if (!isEncrypted(frame.type)) return this.#abort(frame.payload);
    if ((frame.type === frameType.head) !== (this.#stage === 'head')) throw refused('response');
    const bytes =
      this.#opener === undefined ? undefined : unpad(this.#opener.open(frame.type, frame.payload));
    if (bytes === undefined) throw refused('response');
    const event = this.#event(frame.type, bytes);
    this.#hash.update(frame.bytes);
    this.#stage = frame.type === frameType.final ? 'final' : 'body';
    return event;
  }

  #event(type: EncryptedFrameType, bytes: Uint8Array): ResponseEvent {
    if (type === frameType.data) return { type: 'data', bytes, tokenIds: [] };
    if (type === frameType.output) return { type: 'data', ...wholeOutput(bytes) };
    if (type === frameType.head) return { type: 'head', head: this.#ownHead(parseJson(responseHead, bytes)) };
    const precedingCiphertextHash = toHex(this.#hash.digest());
    return type === frameType.interim
      ? { type: 'interim', interim: parseJson(responseInterim, bytes), precedingCiphertextHash }
      : { type: 'final', final: parseJson(responseFinal, bytes), precedingCiphertextHash };
  }

  #ownHead(head: ResponseHead): ResponseHead {
    if (head.hh !== this.#jobHeaderHash || head.keyId !== this.#keyId) throw refused('response');
    return head;
  }

  #abort(payload: Uint8Array): ResponseEvent {
    this.#stage = 'aborted';
    let untrusted: GatewayError = { code: 'unreadable', message: '' };
    try {
      untrusted = parseJson(gatewayError, payload);
    } catch {
      // Whoever wrote it is unknown; that it is unreadable is all there is to say.
    }
    return { type: 'gateway-error', untrusted };
  }
}

function wholeOutput(bytes: Uint8Array): OutputPayload {
  const output = decodeOutput(bytes);
  if (output === undefined) throw refused('response');
  return output;
}

function parseJson<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    throw refused('response');
  }
}
