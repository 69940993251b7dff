/**
 * Cuts server-sent events out of text that arrives in pieces. What was pushed and not yet returned is an event whose
 * end has not come.
 */
export class EventSplitter {
  #rest = '';

  /** @returns the events that are now whole, each with its closing blank line */
  push(text: string): string[] {
    const pieces = (this.#rest + text).split('\n\n');
    this.#rest = pieces.pop() ?? '';
    return pieces.map((piece) => `${piece}\n\n`);
  }

  /** The beginning of an event that never ended. */
  get rest(): string {
    return this.#rest;
  }
}

export const isDone = (event: string): boolean => event.trimEnd() === 'data: [DONE]';

/** The JSON of an event; undefined for comments, `[DONE]` and anything else that is none. */
export function eventJson(event: string): unknown {
  const data = event.startsWith('event: ') ? event.slice(event.indexOf('\n') + 1) : event;
  if (!data.startsWith('data: ') || isDone(data)) return undefined;
  try {
    return JSON.parse(data.slice('data: '.length));
  } catch {
    return undefined;
  }
}
