import type { BrokenCall, CallMemory } from '../../client/call-memory.ts';

/** What one line has come to so far, over all its tries and restarts, until it has a result. */
export class LineMemory implements CallMemory {
  #call: BrokenCall | undefined;
  readonly #write: (call: BrokenCall) => void;

  constructor(call: BrokenCall | undefined, write: (call: BrokenCall) => void) {
    this.#call = call;
    this.#write = write;
  }

  get before(): BrokenCall | undefined {
    return this.#call;
  }

  keep(call: BrokenCall): void {
    this.#write(call);
    this.#call = call;
  }

  /** What is on disk is no longer looked at once the line's result is: until then a crash would have it taken up again. */
  forget(): void {
    this.#call = undefined;
  }
}
