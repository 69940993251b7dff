import assert from 'node:assert/strict';
import type { Session } from '@hearth/sdk';
import { until } from '../e2e/until.ts';
import { type ClientKind, statusOf, type Target } from './client.ts';

/** What a client is pointed at, and the buyer's side of it. */
export type Sealed = { readonly target: Target; readonly session: Session };
type Story = (kind: ClientKind, sealed: Sealed) => Promise<void>;

const question = { prompt: 'How long is a piece of string?', maxTokens: 24 };

async function collect(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** What every client must be able to do through the sealed path; each throws what is wrong. */
export const stories: Readonly<Record<string, Story>> = {
  async chat(kind, { target }) {
    assert.notEqual(await kind.open(target).chat(question), '');
  },

  async streaming(kind, { target }) {
    const client = kind.open(target);
    assert.equal(await collect(client.stream(question)), await client.chat(question));
  },

  async tools(kind, { target }) {
    const input = await kind.open(target).callTool({ prompt: 'Switch the light on.', maxTokens: 200 });
    assert.deepEqual(typesOf(input), { on: 'boolean' });
  },

  async 'structured output'(kind, { target }) {
    const person = await kind.open(target).structured({ prompt: 'Who are you?', maxTokens: 200 });
    assert.deepEqual(typesOf(person), { name: 'string', age: 'number' });
  },

  async embeddings(kind, { target }) {
    const client = kind.open(target);
    const vector = await client.embed('A piece of string.');
    assert.ok(vector.length > 8 && vector.every(Number.isFinite), `expected a vector, got ${vector}`);
    assert.deepEqual(await client.embed('A piece of string.'), vector);
  },

  async errors(kind, { target }) {
    const client = kind.open({ ...target, model: 'gpt-9' });
    assert.equal(statusOf(await failureOf(client.chat(question))), 404);
    const tooMuch = { prompt: 'What is a very long prompt? '.repeat(20_000), maxTokens: 8 };
    assert.equal(statusOf(await failureOf(kind.open(target).chat(tooMuch))), 400);
  },

  async cancellation(kind, { target, session }) {
    const abort = new AbortController();
    const pieces = kind
      .open(target)
      .stream({ prompt: 'Tell me a long story.', maxTokens: 400, signal: abort.signal })
      [Symbol.asyncIterator]();
    await pieces.next();
    abort.abort();
    await pieces.return?.().catch(() => {}); // for a client that takes no signal, leaving is how one cancels
    await until(
      'the cancelled job',
      async () => session.running.size,
      (running) => running === 0,
    );
  },
};

function typesOf(given: unknown): Record<string, string> {
  assert.ok(typeof given === 'object' && given !== null, `expected an object, got ${given}`);
  return Object.fromEntries(Object.entries(given).map(([name, member]) => [name, typeof member]));
}

async function failureOf(answer: Promise<unknown>): Promise<unknown> {
  const failure = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(failure !== undefined, 'expected a refusal, got an answer');
  return failure;
}
