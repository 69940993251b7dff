import type { Token, Tokenizer } from 'node-llama-cpp';

/** A code point has at most four bytes, but bytes that are no text at all may follow each other for long. */
const MAX_PENDING_TOKENS = 32;
/** What a token spells may depend on those just before it. */
const LOOK_BACK_TOKENS = 3;
const REPLACEMENT = '\uFFFD';

/** Tokens to text, in whole code points: a token may hold a part of one. */
export class TokenText {
  readonly #tokenizer: Tokenizer;
  readonly #showsSpecial: boolean;
  #before: Token[];
  #pending: Token[] = [];

  /** @param before the tokens that the text follows */
  constructor(tokenizer: Tokenizer, before: readonly Token[], showsSpecial: boolean) {
    this.#tokenizer = tokenizer;
    this.#before = before.slice(-LOOK_BACK_TOKENS);
    this.#showsSpecial = showsSpecial;
  }

  push(token: Token): string {
    this.#pending.push(token);
    const text = this.#spell();
    if (text.endsWith(REPLACEMENT) && this.#pending.length < MAX_PENDING_TOKENS) return '';
    this.#settle();
    return text;
  }

  /** The rest, broken as it may be. */
  end(): string {
    const text = this.#spell();
    this.#settle();
    return text;
  }

  #spell(): string {
    return this.#tokenizer.detokenize(this.#pending, this.#showsSpecial, this.#before);
  }

  #settle(): void {
    this.#before = [...this.#before, ...this.#pending].slice(-LOOK_BACK_TOKENS);
    this.#pending = [];
  }
}
