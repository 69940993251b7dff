import type { Token, Tokenizer } from 'node-llama-cpp';
import { StopMatcher } from './stop-matcher.ts';
import { TokenText } from './token-text.ts';
import { CallReader, type ReadPiece } from './tools/call-reader.ts';
import type { ToolSyntax } from './tools/tool-syntax.ts';

const NOTHING: ReadPiece = { text: '', toolCalls: [] };

/**
 * What a generation's tokens say to its reader: calls, and whole code points up to the first stop string. A pure
 * function of the tokens, so that a generation can be taken up by another engine where the first one was cut off.
 */
export class OutputText {
  readonly #text: TokenText;
  readonly #stops: StopMatcher;
  readonly #calls: CallReader | undefined;
  #isStopped = false;

  /** @param prompt the tokens before the output */
  constructor(
    tokenizer: Tokenizer,
    prompt: readonly Token[],
    stops: readonly string[],
    syntax: ToolSyntax | undefined,
  ) {
    this.#text = new TokenText(tokenizer, prompt, syntax !== undefined); // templates may mark calls by special tokens
    this.#stops = new StopMatcher(stops);
    this.#calls = syntax && new CallReader(syntax);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** What the model has written of its calls, once it has begun to; until the first call's name is known. */
  get begunCall(): string | undefined {
    return this.#calls?.begun;
  }

  push(token: Token): ReadPiece {
    return this.#read(this.#text.push(token));
  }

  /** What was held back, at an end that no stop string has made. */
  end(): ReadPiece {
    if (this.#isStopped) return NOTHING;
    const { text, toolCalls } = this.#read(this.#text.end());
    if (this.#isStopped) return { text, toolCalls };
    return { text: text + this.#stop(this.#calls?.end() ?? '') + this.#stops.end(), toolCalls };
  }

  #read(piece: string): ReadPiece {
    const { text, toolCalls } = this.#calls?.push(piece) ?? { text: piece, toolCalls: [] };
    return { text: this.#stop(text), toolCalls };
  }

  #stop(piece: string): string {
    if (this.#isStopped) return '';
    const { text, isStopped } = this.#stops.push(piece);
    this.#isStopped = isStopped;
    return text;
  }
}
