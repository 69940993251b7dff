import type { Token, Tokenizer } from 'node-llama-cpp';
import { StopMatcher } from './stop-matcher.ts';
import { TokenText } from './token-text.ts';

/**
 * What a generation's tokens say to its reader: whole code points, up to the first stop string. A pure function of the
 * tokens, so that a generation can be taken up by another engine where the first one was cut off.
 */
export class OutputText {
  readonly #text: TokenText;
  readonly #stops: StopMatcher;
  #isStopped = false;

  /** @param prompt the tokens before the output */
  constructor(tokenizer: Tokenizer, prompt: readonly Token[], stops: readonly string[]) {
    this.#text = new TokenText(tokenizer, prompt, false);
    this.#stops = new StopMatcher(stops);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  push(token: Token): string {
    return this.#pass(this.#text.push(token));
  }

  /** What was held back, at an end that no stop string has made. */
  end(): string {
    if (this.#isStopped) return '';
    const rest = this.#pass(this.#text.end());
    return this.#isStopped ? rest : rest + this.#stops.end();
  }

  #pass(piece: string): string {
    const { text, isStopped } = this.#stops.push(piece);
    this.#isStopped ||= isStopped;
    return text;
  }
}
