import type { Output } from '../../inference/engine.ts';
import {
  type AnswerEncoder,
  type AnswerFacts,
  EVENT_STREAM,
  type FinishedReason,
  sse,
} from './answer-encoder.ts';
import { type ResponseEcho, responseObject } from './response-object.ts';
import { type Item, itemJson, logprobsJson, partJson, ResponseItems } from './response-output.ts';

/**
 * Numbers that a reader may have seen with this many tokens: one event a token, four that open a response, and a
 * handful to open and close an item. Who takes a stream up counts from above that.
 */
const numbersBefore = (tokens: number): number => 16 + 8 * tokens;

/** A response as the events of its growth, in the order of OpenAI's. */
class ResponseEvents {
  readonly #facts: AnswerFacts;
  readonly #echo: ResponseEcho;
  readonly #items: ResponseItems;
  #open: Item | undefined;
  #sequence = 0;
  #isIncomplete = false;

  constructor(facts: AnswerFacts, echo: ResponseEcho) {
    this.#facts = facts;
    this.#echo = echo;
    this.#items = new ResponseItems(facts.key);
  }

  start(): string {
    const response = responseObject(this.#facts, this.#echo, {
      status: 'in_progress',
      output: [],
      usage: undefined,
    });
    return this.#event('response.created', { response }) + this.#event('response.in_progress', { response });
  }

  output({ text, toolCalls, logprobs }: Output): string {
    let events = text === '' && logprobs.length === 0 ? '' : this.#text(text, logprobsJson(logprobs));
    for (const piece of toolCalls) {
      if (piece.name !== undefined)
        events += this.#close('completed') + this.#begin(this.#items.openCall(piece));
      if (piece.arguments === '' || this.#open?.kind !== 'call') continue;
      this.#open.arguments += piece.arguments;
      const at = { item_id: this.#open.id, output_index: this.#index };
      events += this.#event('response.function_call_arguments.delta', { ...at, delta: piece.arguments });
    }
    return events;
  }

  end(reason: FinishedReason): string {
    this.#isIncomplete = reason === 'length';
    const opened = this.#items.items.length === 0 ? this.#begin(this.#items.openMessage()) : '';
    return opened + this.#close(this.#isIncomplete ? 'incomplete' : 'completed');
  }

  finish(usage: Parameters<AnswerEncoder['finish']>[0]): string {
    const status = this.#isIncomplete ? 'incomplete' : 'completed';
    return this.#event(`response.${status}`, { response: this.whole(usage) });
  }

  whole(usage: Parameters<AnswerEncoder['finish']>[0]) {
    const status = this.#isIncomplete ? 'incomplete' : 'completed';
    const last = this.#items.items.length - 1;
    const output = this.#items.items.map((item, i) => itemJson(item, i === last ? status : 'completed'));
    return responseObject(this.#facts, this.#echo, { status, output, usage });
  }

  countFrom(sequence: number): void {
    this.#sequence = sequence;
  }

  #text(delta: string, logprobs: unknown[]): string {
    let events = '';
    if (this.#open?.kind !== 'message')
      events += this.#close('completed') + this.#begin(this.#items.openMessage());
    if (this.#open?.kind !== 'message') return events;
    this.#open.text += delta;
    this.#open.logprobs.push(...logprobs);
    const at = { item_id: this.#open.id, output_index: this.#index, content_index: 0 };
    return events + this.#event('response.output_text.delta', { ...at, delta, logprobs });
  }

  #begin(item: Item): string {
    this.#open = item;
    const output_index = this.#index;
    const added = this.#event('response.output_item.added', {
      output_index,
      item: itemJson(item, 'in_progress'),
    });
    if (item.kind === 'call') return added;
    const part = partJson({ text: '', logprobs: [] });
    return (
      added +
      this.#event('response.content_part.added', { item_id: item.id, output_index, content_index: 0, part })
    );
  }

  #close(status: 'completed' | 'incomplete'): string {
    const item = this.#open;
    if (!item) return '';
    const output_index = this.#index;
    const at = { item_id: item.id, output_index };
    this.#open = undefined;
    const ending =
      item.kind === 'call'
        ? this.#event('response.function_call_arguments.done', {
            ...at,
            name: item.name,
            arguments: item.arguments,
          })
        : this.#event('response.output_text.done', {
            ...at,
            content_index: 0,
            text: item.text,
            logprobs: item.logprobs,
          }) + this.#event('response.content_part.done', { ...at, content_index: 0, part: partJson(item) });
    return ending + this.#event('response.output_item.done', { output_index, item: itemJson(item, status) });
  }

  get #index(): number {
    return this.#items.items.length - 1;
  }

  #event(type: string, body: object): string {
    return `event: ${type}\n${sse({ type, sequence_number: this.#sequence++, ...body })}`;
  }
}

export function responseStream(facts: AnswerFacts, echo: ResponseEcho): AnswerEncoder {
  const events = new ResponseEvents(facts, echo);
  return {
    contentType: EVENT_STREAM,
    isStreaming: true,
    start: () => events.start(),
    begin: () => '',
    output: (_, output) => events.output(output),
    end: (_, reason) => events.end(reason),
    finish: (usage) => events.finish(usage),
    fail: sse,
    resume: (_, output, tokens) => {
      events.output(output);
      events.countFrom(numbersBefore(tokens));
    },
  };
}

export function responseJson(facts: AnswerFacts, echo: ResponseEcho): AnswerEncoder {
  const events = new ResponseEvents(facts, echo);
  const unsaid = (said: string): string => said.slice(said.length);
  return {
    contentType: 'application/json',
    isStreaming: false,
    start: () => '',
    begin: () => '',
    output: (_, output) => unsaid(events.output(output)),
    end: (_, reason) => unsaid(events.end(reason)),
    finish: (usage) => JSON.stringify(events.whole(usage)),
    fail: (envelope) => JSON.stringify(envelope),
    resume: (_, output) => {
      events.output(output);
    },
  };
}
