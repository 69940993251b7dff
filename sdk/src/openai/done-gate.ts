import { EventSplitter } from '../client/event-stream.ts';

/**
 * Lets the events of a stream through as they come, except the one that closes it and what follows: clients take that for
 * the end of a whole answer, and an answer is whole only once the enclave's final frame was authenticated.
 */
export class DoneGate {
  readonly #decoder = new TextDecoder();
  readonly #events = new EventSplitter();
  #withheld = '';

  /** @returns what may be sent now: whole events, and nothing from the closing one on */
  pass(bytes: Uint8Array): string {
    let passed = '';
    for (const event of this.#events.push(this.#decoder.decode(bytes, { stream: true }))) {
      if (this.#withheld !== '' || isClosing(event)) this.#withheld += event;
      else passed += event;
    }
    return passed;
  }

  /** What was withheld, now that the answer is proven whole. */
  open(): string {
    return this.#withheld + this.#events.rest;
  }
}

/** `data: [DONE]` of chat and completions; the response object in its last state of `/v1/responses`. */
function isClosing(event: string): boolean {
  return /^data: \[DONE\]\s*$|^event: response\.(completed|incomplete|failed)\n/.test(event);
}
