import { expect, test } from '@jest/globals';
import { HearthError } from '../protocol/index.ts';
import { type ApiAnswer, jsonAnswer } from './api.ts';
import { KeptAnswers } from './kept-answers.ts';

const HOUR_MS = 3_600_000;
const textOf = ({ body }: ApiAnswer) => new TextDecoder().decode(body as Uint8Array);

/** Answers that count how often they are made. */
function counted() {
  let made = 0;
  const make = async () => jsonAnswer({ made: ++made });
  return { make, times: () => made };
}

async function readAll({ body }: ApiAnswer): Promise<{ text: string; failure: unknown }> {
  let text = '';
  try {
    for await (const piece of body as AsyncIterable<string>) text += piece;
    return { text, failure: undefined };
  } catch (failure) {
    return { text, failure };
  }
}

const stream = (body: AsyncIterable<string>): ApiAnswer => ({ status: 200, headers: {}, body });

test('a call that comes again gets the same answer, also while it is on its way, and is made once', async () => {
  const kept = new KeptAnswers(() => 0);
  const { make, times } = counted();
  const [first, second] = await Promise.all([kept.answer('k', 'body', make), kept.answer('k', 'body', make)]);
  const third = await kept.answer('k', 'body', make);
  expect([first, second, third].map(textOf)).toEqual(Array(3).fill('{"made":1}'));
  expect([first, second, third].map(({ headers }) => headers['idempotent-replayed'])).toEqual([
    undefined,
    'true',
    'true',
  ]);
  await kept.answer('other key', 'body', make);
  expect(times()).toBe(2);
});

test('a key that was used for another request is refused, and so is one that is too long', async () => {
  const kept = new KeptAnswers(() => 0);
  const { make } = counted();
  await kept.answer('k', 'body', make);
  await expect(kept.answer('k', 'another body', make)).rejects.toMatchObject({
    code: 'invalid_request',
    details: { apiCode: 'idempotency_key_reused' },
  });
  await expect(kept.answer('k'.repeat(256), 'body', make)).rejects.toThrow('at most 255');
});

test('a stream is the same for every reader from its beginning, and goes on when nobody reads', async () => {
  const kept = new KeptAnswers(() => 0);
  const release = Promise.withResolvers<void>();
  const make = async () =>
    stream(
      (async function* () {
        yield 'a';
        await release.promise;
        yield 'b';
      })(),
    );
  const early = readAll(await kept.answer('k', 'body', make));
  await kept.answer('k', 'body', make); // its reader has gone
  release.resolve();
  expect(await early).toEqual({ text: 'ab', failure: undefined });
  expect(await readAll(await kept.answer('k', 'body', make))).toEqual({ text: 'ab', failure: undefined });
});

const failing = (details: Record<string, unknown>) => async (): Promise<ApiAnswer> => {
  throw new HearthError('stream_truncated', 'it broke off', { details });
};

test('what failed before a job had begun is made anew; what may have been paid for fails again, for good', async () => {
  const kept = new KeptAnswers(() => 0);
  const { make, times } = counted();
  await expect(kept.answer('k', 'body', failing({}))).rejects.toMatchObject({ details: {} });
  expect(textOf(await kept.answer('k', 'body', make))).toBe('{"made":1}');
  const paidFor = { details: { hasBegun: true, isFinal: true } };
  await expect(kept.answer('k2', 'body', failing({ hasBegun: true }))).rejects.toMatchObject(paidFor);
  await expect(kept.answer('k2', 'body', make)).rejects.toMatchObject(paidFor);
  expect(times()).toBe(1);
});

test.each([
  ['before a job had begun is made anew', {}, 1],
  ['after that breaks at the same place again', { hasBegun: true }, 0],
])('a stream that broke %s', async (_, details, times) => {
  const kept = new KeptAnswers(() => 0);
  const again = counted();
  const broken = stream(
    (async function* () {
      yield ': keep-alive\n\n';
      await failing(details)();
    })(),
  );
  const first = await readAll(await kept.answer('k', 'body', async () => broken));
  expect(first.failure).toMatchObject({ code: 'stream_truncated' });
  const second = await kept.answer('k', 'body', again.make);
  expect(again.times()).toBe(times);
  if (times === 0) expect(await readAll(second)).toEqual(first);
});

test('an answer is kept for an hour, and of a thousand and one the oldest is forgotten', async () => {
  let nowMs = 0;
  const kept = new KeptAnswers(() => nowMs);
  const { make, times } = counted();
  await kept.answer('k', 'body', make);
  nowMs = HOUR_MS;
  await kept.answer('k', 'body', make);
  expect(times()).toBe(1);
  nowMs = HOUR_MS + 1;
  await kept.answer('k', 'body', make);
  expect(times()).toBe(2);
  for (let other = 0; other < 1_000; other += 1) await kept.answer(`other ${other}`, 'body', make);
  await kept.answer('k', 'body', make);
  expect(times()).toBe(1_003);
});

test('a stop breaks off what is under way, and waits for its end', async () => {
  const kept = new KeptAnswers(() => 0);
  const ended: string[] = [];
  const answer = await kept.answer('k', 'body', async (signal) =>
    stream(
      (async function* () {
        yield 'a';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        signal.throwIfAborted();
      })(),
    ),
  );
  const reading = readAll(answer).then(({ failure }) => ended.push((failure as Error).message));
  await kept.close();
  await reading;
  expect(ended).toEqual(['the sidecar stops']);
});
