import type { Continuation } from '../protocol/index.ts';
import { AnswerText } from './answer-text.ts';
import { EventSplitter, eventJson } from './event-stream.ts';

/**
 * What the caller has been given of one answer, by however many enclaves: enough for another one to go on.
 *
 * Of a stream, bytes that no token stands for are held back once tokens have come, until the next tokens or the end:
 * a finish chunk whose final frame is lost would otherwise come twice. An answer in one piece is held back whole.
 */
export class DeliveredAnswer {
  readonly #text: AnswerText;
  readonly #tokenIds: number[];
  #held: Uint8Array[] = [];
  #isStream: boolean | undefined;
  #started: Continuation['started'];
  /** The caller has bytes of it. */
  #hasBegun = false;
  /** Bytes are out that no token stands for: nobody could go on from there. */
  #isUntracked = false;

  /** @param tokens that an earlier try of a call delivered, whose answer comes in one piece */
  constructor(endpoint: number, tokens: readonly number[] = []) {
    this.#text = new AnswerText(endpoint);
    this.#tokenIds = [...tokens];
  }

  /** An answer begins, or another enclave goes on with it. @returns whether the caller has yet to hear of it */
  start(contentType: string): boolean {
    this.#held = [];
    if (this.#hasBegun) return false;
    const isFirst = this.#isStream === undefined;
    this.#isStream = contentType.startsWith('text/event-stream');
    this.#text.start(contentType);
    return isFirst;
  }

  /** @returns what the caller may have now */
  take(bytes: Uint8Array, tokenIds: readonly number[]): Uint8Array[] {
    const isTracked = this.#tokenIds.length > 0 || tokenIds.length > 0;
    this.#tokenIds.push(...tokenIds);
    if (bytes.length > 0) this.#held.push(bytes);
    if (!this.#isStream || (isTracked && tokenIds.length === 0)) return [];
    if (!isTracked && bytes.length > 0) this.#isUntracked = true;
    return this.#release();
  }

  /** The answer is whole: the rest of it. */
  finish(): Uint8Array[] {
    return this.#release();
  }

  /** The answer ends here, and not well: `body` in place of what was held back. */
  fail(body: string): Uint8Array[] {
    this.#held = [new TextEncoder().encode(body)];
    return this.#release();
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get canContinue(): boolean {
    return !this.#isUntracked;
  }

  /** Undefined while nothing has been delivered: the next attempt then begins at the beginning. */
  get delivered(): Omit<Continuation, 'receipts'> | undefined {
    if (this.#tokenIds.length === 0) return undefined;
    return { tokens: [...this.#tokenIds], ...(this.#started && { started: this.#started }) };
  }

  /** The assistant's text, all of it. */
  content(): string {
    return this.#text.content();
  }

  #release(): Uint8Array[] {
    const released = this.#held;
    this.#held = [];
    for (const bytes of released) {
      if (!this.#hasBegun && this.#isStream) this.#started = startedBy(bytes);
      this.#hasBegun = true;
      this.#text.push(bytes);
    }
    return released;
  }
}

/** Id and time in the first chunk of a stream. */
function startedBy(bytes: Uint8Array): Continuation['started'] {
  const [first] = new EventSplitter().push(new TextDecoder().decode(bytes)).map(eventJson);
  const chunk = (first ?? {}) as { id?: unknown; created?: unknown; response?: object };
  const { id, created, created_at: createdAt } = { ...chunk, ...chunk.response } as Record<string, unknown>;
  return startedAt(id, created ?? createdAt);
}

function startedAt(id: unknown, created: unknown): Continuation['started'] {
  return typeof id === 'string' && Number.isInteger(created) ? { id, created: created as number } : undefined;
}
