/**
 * Collects the text of an OpenAI-shaped chat answer from its bytes, streamed or not: what the receipt's
 * `outputCommit` is over.
 */
export class AnswerText {
  readonly #decoder = new TextDecoder();
  #isStream = false;
  #text = '';

  start(contentType: string): void {
    this.#isStream = contentType.startsWith('text/event-stream');
  }

  push(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
  }

  /** The assistant's text of the first choice; '' for an error envelope. */
  content(): string {
    return this.#isStream ? streamedContent(this.#text) : contentOf(parse(this.#text), 'message');
  }
}

function streamedContent(text: string): string {
  const events = text.split('\n\n').filter((event) => event.startsWith('data: ') && event !== 'data: [DONE]');
  return events.map((event) => contentOf(parse(event.slice('data: '.length)), 'delta')).join('');
}

function contentOf(chunk: unknown, member: 'message' | 'delta'): string {
  const choice = (chunk as { choices?: Record<string, { content?: unknown }>[] } | undefined)?.choices?.[0];
  const content = choice?.[member]?.content;
  return typeof content === 'string' ? content : '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
