import { EventSplitter, eventJson } from './event-stream.ts';

/**
 * Collects the text of an OpenAI-shaped chat answer from its bytes, streamed or not: what the receipt's
 * `outputCommit` is over.
 */
export class AnswerText {
  readonly #decoder = new TextDecoder();
  readonly #events = new EventSplitter();
  #isStream = false;
  /** The body of an answer in one piece; the text so far of a streamed one. */
  #text = '';

  start(contentType: string): void {
    this.#isStream = contentType.startsWith('text/event-stream');
  }

  /** @returns the assistant's text that came with these bytes; always '' for an answer in one piece */
  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (!this.#isStream) {
      this.#text += text;
      return '';
    }
    const delta = this.#events
      .push(text)
      .map((event) => contentOf(eventJson(event), 'delta'))
      .join('');
    this.#text += delta;
    return delta;
  }

  /** The assistant's text of the first choice; '' for an error envelope. */
  content(): string {
    return this.#isStream ? this.#text : contentOf(this.body(), 'message');
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

function contentOf(chunk: unknown, member: 'message' | 'delta'): string {
  const choice = (chunk as { choices?: Record<string, { content?: unknown }>[] } | undefined)?.choices?.[0];
  const content = choice?.[member]?.content;
  return typeof content === 'string' ? content : '';
}
