import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiSettings, createFetch, type OpenAiFetch, type Session } from '@hearth/sdk';
import { HearthError } from '@hearth/sdk/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import OpenAI, { type APIError } from 'openai';
import { DailyBudget } from '../../sdk/src/openai/daily-budget.ts';
import { Inbox } from '../backend/inbox.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest } from './scripted-enclave.ts';

let world: BuyerWorld;
let session: Session;
let api: OpenAiFetch;
beforeEach(async () => {
  world = await openBuyerWorld();
  session = world.session();
});
afterEach(async () => {
  await api.close();
  await world.stop();
});

/** Without a server: what the client fetches is answered in this process. */
function clientOf(settings: Partial<ApiSettings> = {}): OpenAI {
  api = createFetch({ session, settings });
  return new OpenAI({ apiKey: 'unused', fetch: api.fetch, maxRetries: 0 });
}
const question = (changes: object = {}) => ({ ...ask(), ...changes }) as never;
const contentOf = (answer: OpenAI.ChatCompletion) => answer.choices[0]?.message.content;

test('two changed lines: a client with our fetch needs no server, streams too, and reaches no network', async () => {
  const openai = clientOf();
  expect(contentOf(await openai.chat.completions.create(question()))).toBe('Hello from the enclave.');
  let text = '';
  const stream = await openai.chat.completions.create({ ...ask(), stream: true } as never);
  for await (const chunk of stream as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>)
    text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe('Hello from the enclave.');
  expect((await api.fetch('https://example.com/elsewhere')).status).toBe(404);
});

test('a stream whose final frame never comes is an error of the client with our fetch', async () => {
  const openai = clientOf();
  world.gateway.deliver = (response, frames) => {
    response.end(Buffer.concat(frames.slice(0, -1)));
  };
  const stream = (await openai.chat.completions.create({
    ...ask(),
    stream: true,
  } as never)) as unknown as AsyncIterable<unknown>;
  const reading = async () => {
    for await (const _chunk of stream);
  };
  await expect(reading()).rejects.toMatchObject({ code: 'stream_truncated' });
});

test('a client with our fetch cancels its job by aborting', async () => {
  const openai = clientOf();
  world.gateway.deliver = (response, frames) => {
    response.write(Buffer.concat(frames.slice(0, 3)));
  };
  const abort = new AbortController();
  const stream = (await openai.chat.completions.create({ ...ask(), stream: true } as never, {
    signal: abort.signal,
  })) as unknown as AsyncIterable<unknown>;
  for await (const _chunk of stream) abort.abort();
  expect(await world.gateway.gone.take()).toBe('/v1/jobs');
});

test('names that programs ask for stand for models on offer; a star for all others', async () => {
  const { model } = ask();
  const openai = clientOf({ models: { 'gpt-4o': model } });
  expect(contentOf(await openai.chat.completions.create(question({ model: 'gpt-4o' })))).toContain('Hello');
  await expect(openai.chat.completions.create(question({ model: 'other' }))).rejects.toMatchObject({
    status: 404,
  });
  const any = clientOf({ models: { '*': model } });
  expect(contentOf(await any.chat.completions.create(question({ model: 'other' })))).toContain('Hello');
});

test('what the enclave does not support is refused by name, or dropped and named when asked so', async () => {
  world.gateway.script = { ...honest, refused: ['logit_bias', 'audio'] };
  const asked = question({ logit_bias: { 1: 2 }, audio: {}, user: 'u', max_completion_tokens: 0 });
  await expect(clientOf().chat.completions.create(asked)).rejects.toMatchObject({ status: 400 });
  const { data, response } = await clientOf({ unsupported: 'drop' })
    .chat.completions.create(asked)
    .withResponse();
  expect(contentOf(data)).toBe('Hello from the enclave.');
  expect(response.headers.get('x-hearth-dropped')).toBe('max_completion_tokens,logit_bias,audio');
});

test('more jobs than allowed at once get 429, with a hint when to come again', async () => {
  const openai = clientOf({ maxJobs: 1 });
  const started = new Inbox<true>();
  const release = new Inbox<true>();
  const deliver = world.gateway.deliver;
  world.gateway.deliver = async (response, frames) => {
    started.put(true);
    await release.take();
    return deliver(response, frames);
  };
  const first = openai.chat.completions.create(question());
  await started.take();
  const refusal = await openai.chat.completions.create(question()).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  expect((refusal as APIError).headers?.get('retry-after-ms')).toBe('1000');
  expect((refusal as APIError).headers?.get('x-ratelimit-remaining-requests')).toBe('0');
  release.put(true);
  expect(contentOf(await first)).toContain('Hello');
});

test('every answer says how many tokens the money still buys, and when a daily budget is fresh again', async () => {
  const asked = async (settings: Partial<ApiSettings>) => {
    const { response } = await clientOf(settings).chat.completions.create(question()).withResponse();
    const header = (name: string) => response.headers.get(`x-ratelimit-${name}-tokens`) ?? '';
    return { limit: Number(header('limit')), remaining: Number(header('remaining')), reset: header('reset') };
  };
  const { order } = session.file.record;
  const all = await asked({});
  expect(all.limit).toBe(Number((order.maxSpendMicroUsd * 1_000_000n) / order.maxPriceOutput));
  expect(all.remaining).toBeLessThan(all.limit);
  expect(all.remaining).toBeGreaterThan(0);
  expect(all.reset).toBe('0s');
  const daily = await asked({ maxMicroUsdPerDay: 4_000_000n });
  expect(daily.limit).toBe(Number(4_000_000_000_000n / order.maxPriceOutput));
  expect(daily.remaining).toBeLessThan(daily.limit);
  expect(daily.reset).toBe('12h0m0s'); // it is noon in this world
});

test('what a day may cost is kept over restarts; beyond it jobs are refused before anything is sent', async () => {
  const openai = clientOf({ maxMicroUsdPerDay: 1n });
  await expect(openai.chat.completions.create(question())).rejects.toMatchObject({
    status: 402,
    code: 'budget_exceeded',
  });
  expect(world.gateway.count('/v1/leases')).toBe(0);
  await clientOf({ maxMicroUsdPerDay: 1_000_000n }).chat.completions.create(question());
  const path = join(world.stateDir, 'spending.json');
  const spentAt = (nowMs: number) => new DailyBudget(path, 1n, () => nowMs).spentPicoUsd([session]);
  const nowMs = session.client.now();
  expect(spentAt(nowMs)).toBe(world.enclave.totalPicoUsd);
  expect(spentAt(nowMs)).toBeGreaterThan(0n);
  expect(spentAt(nowMs + 86_400_000)).toBe(0n);
  expect(JSON.parse(readFileSync(path, 'utf8')).day).toBe(
    new Date(nowMs + 86_400_000).toISOString().slice(0, 10),
  );
});

test('an order without money is followed by the next one, until none has any', async () => {
  const spare = await openBuyerWorld();
  const spent = () => {
    throw new HearthError('insufficient_funds', 'the order is spent');
  };
  try {
    api = createFetch({ session, spares: [spare.session()] });
    const openai = new OpenAI({ apiKey: 'unused', fetch: api.fetch, maxRetries: 0 });
    world.gateway.onLease = spent;
    expect(contentOf(await openai.chat.completions.create(question()))).toContain('Hello');
    expect([world.gateway.count('/v1/jobs'), spare.gateway.count('/v1/jobs')]).toEqual([0, 1]);
    spare.gateway.onLease = spent;
    const long = question({ max_tokens: 100_000 }); // more than the spare's lease is good for
    await expect(openai.chat.completions.create(long)).rejects.toMatchObject({ status: 402 });
  } finally {
    await spare.stop();
  }
});

test('a rehearsal answers for what is not kept here with marked examples; without it that is 404', async () => {
  const strict = clientOf();
  await expect(strict.files.retrieve('file_id')).rejects.toMatchObject({ status: 404 });
  await expect(strict.responses.retrieve('resp')).rejects.toMatchObject({ status: 404 });
  await api.close();
  const openai = clientOf({ rehearsal: true });
  const { data, response } = await openai.responses.retrieve('resp_1').withResponse();
  expect([data.id, data.object, response.headers.get('x-hearth-example')]).toEqual([
    'resp_1',
    'response',
    'true',
  ]);
  expect((await openai.batches.cancel('batch_1')).object).toBe('batch');
  expect((await openai.responses.inputTokens.count({ model: 'm', input: 'x' })).input_tokens).toBe(0);
  const real = await openai.models.list().withResponse();
  expect(real.response.headers.get('x-hearth-example')).toBeNull();
});
