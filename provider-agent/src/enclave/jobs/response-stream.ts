import {
  keepAliveFrame,
  type ResponseFinal,
  type ResponseInterim,
  type ResponseSealer,
} from '@hearth/sdk/sealed-job';
import type { JobIo } from './job-io.ts';

/**
 * The sealed response on its way out. Once the host stops taking bytes of a cancelled job, the rest is sealed for the
 * hash in the receipt and not sent: a stream with a hole would be worse than one that ends.
 */
export class ResponseStream {
  readonly #sealer: ResponseSealer;
  readonly #io: JobIo;
  #isDeliverable = true;
  #hasHead = false;

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

  data(text: string): Promise<void> {
    return this.#send(this.#sealer.data(new TextEncoder().encode(text)));
  }

  /**
   * Goes to the buyer only inside a streamed answer; before the head, or under strict padding, there is no place for it.
   * A keep-alive then shows the gateway that the job still runs.
   */
  async interim(interim: ResponseInterim): Promise<void> {
    const frame = this.#hasHead ? this.#sealer.interim(interim) : new Uint8Array();
    await this.#send(frame.length > 0 ? frame : keepAliveFrame());
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
    if (bytes.length > 0 && this.#isDeliverable) this.#isDeliverable = await this.#io.write(bytes);
  }
}
