import { EventSplitter, isDone } from '../client/event-stream.ts';

/**
 * Lets the events of a stream through as they come, except `data: [DONE]`: clients take that for the end of a whole
 * answer, and an answer is whole only once the enclave's final frame was authenticated.
 */
export class DoneGate {
  readonly #decoder = new TextDecoder();
  readonly #events = new EventSplitter();
  #withheld = '';

  /** @returns what may be sent now: whole events, and nothing from `[DONE]` on */
  pass(bytes: Uint8Array): string {
    let passed = '';
    for (const event of this.#events.push(this.#decoder.decode(bytes, { stream: true }))) {
      if (this.#withheld !== '' || isDone(event)) this.#withheld += event;
      else passed += event;
    }
    return passed;
  }

  /** What was withheld, now that the answer is proven whole. */
  open(): string {
    return this.#withheld + this.#events.rest;
  }
}
