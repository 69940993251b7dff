import {
  keepAliveFrame,
  type ResponseFinal,
  type ResponseInterim,
  type ResponseSealer,
} from '@hearth/sdk/sealed-job';
import type { JobIo } from './job-io.ts';

const KEEP_ALIVE_MS = 10_000;
/** A big answer is sealed so much at a time: other jobs go on between, and the host's window is not run over. */
const SLICE_BYTES = 256 * 1024;

/**
 * The sealed response on its way out. Once the host stops taking bytes of a cancelled job, the rest is sealed for the
 * hash in the receipt and not sent: a stream with a hole would be worse than one that ends.
 */
export class ResponseStream {
  readonly #sealer: ResponseSealer;
  readonly #io: JobIo;
  #isDeliverable = true;
  #hasHead = false;
  #lastSentMs = 0;

  constructor(sealer: ResponseSealer, io: JobIo) {
    this.#sealer = sealer;
    this.#io = io;
  }

  prelude(): Promise<void> {
    return this.#send(this.#sealer.prelude());
  }

  head(status: number, contentType: string): Promise<void> {
    this.#hasHead = true;
    return this.#send(this.#sealer.head({ status, contentType }));
  }

  async data(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += SLICE_BYTES)
      await this.#send(this.#sealer.data(bytes.subarray(at, at + SLICE_BYTES)));
  }

  /** Text with the tokens that it stands for, so that another enclave can go on from there. */
  output(tokenIds: readonly number[], text: string): Promise<void> {
    return this.#send(this.#sealer.output(tokenIds, new TextEncoder().encode(text)));
  }

  /**
   * Goes to the buyer only inside a streamed answer; before the head, or under strict padding, there is no place for it.
   * A keep-alive then shows the gateway that the job still runs; rarely, so that its times do not count tokens aloud.
   */
  async interim(interim: ResponseInterim): Promise<void> {
    const frame = this.#hasHead ? this.#sealer.interim(interim) : new Uint8Array();
    if (frame.length > 0) await this.#send(frame);
    else if (performance.now() - this.#lastSentMs >= KEEP_ALIVE_MS) await this.#send(keepAliveFrame());
  }

  flush(): Promise<void> {
    return this.#send(this.#sealer.flush());
  }

  final(final: ResponseFinal): Promise<void> {
    return this.#send(this.#sealer.final(final));
  }

  ciphertextHash(): `0x${string}` {
    return this.#sealer.responseCiphertextHash();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0 || !this.#isDeliverable) return;
    this.#lastSentMs = performance.now();
    this.#isDeliverable = await this.#io.write(bytes);
  }
}
