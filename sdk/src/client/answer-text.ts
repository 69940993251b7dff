import { endpoints } from '../protocol/index.ts';
import { CollectedAnswer, type CommittedOutput } from '../sealed-job/index.ts';
import { type PieceReader, readPieces, readWhole } from './answer-shapes.ts';
import { EventSplitter, eventJson } from './event-stream.ts';

/**
 * Collects what an answer says from its OpenAI-shaped bytes, streamed or not: what the receipt's `outputCommit` is over.
 */
export class AnswerText {
  readonly #endpoint: number;
  readonly #decoder = new TextDecoder();
  readonly #events = new EventSplitter();
  readonly #streamed = new CollectedAnswer();
  #isStream = false;
  /** The body of an answer in one piece. */
  #text = '';

  constructor(endpoint: number = endpoints.chatCompletions) {
    this.#endpoint = endpoint;
  }

  start(contentType: string): void {
    this.#isStream = contentType.startsWith('text/event-stream');
  }

  /** @returns the text of the first choice that came with these bytes; always '' for an answer in one piece */
  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (!this.#isStream) {
      this.#text += text;
      return '';
    }
    let heard = '';
    const reader: PieceReader = {
      addText: (choice, piece) => {
        if (choice === 0) heard += piece;
        this.#streamed.addText(choice, piece);
      },
      addCall: (choice, place, piece) => this.#streamed.addCall(choice, place, piece),
    };
    for (const event of this.#events.push(text)) readPieces(this.#endpoint, eventJson(event), reader);
    return heard;
  }

  /** The text of the first choice; '' for an error envelope, and for an answer in numbers. */
  content(): string {
    if (this.#endpoint === endpoints.embeddings || this.#endpoint === endpoints.rerank) return '';
    const [first] = this.output();
    return first && 'content' in first ? first.content : '';
  }

  /** All that the answer says, item by item. */
  output(): readonly CommittedOutput[] {
    return this.#isStream ? this.#streamed.choices() : readWhole(this.#endpoint, this.body());
  }

  /** The JSON of an answer in one piece. */
  body(): unknown {
    try {
      return this.#isStream ? undefined : JSON.parse(this.#text);
    } catch {
      return undefined;
    }
  }
}
