import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outcomes } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { EnclaveError } from '../../../channel/errors.ts';
import { buildJob, jobBench, openAnswer, send } from '../../../testing/job-bench.ts';
import { type EngineConfig, engineConfig } from '../../engine-config.ts';
import { type GenerationRequest, tokensOf } from '../engine.ts';
import { OpenAiEngine } from './openai-engine.ts';

jest.setTimeout(120_000); // the machine may be busy: these are limits, not expectations

const script = fileURLToPath(new URL('../../../testing/small-openai-server.ts', import.meta.url));
const modelPath = fileURLToPath(new URL('../../../../models/ember-2m-q8_0.gguf', import.meta.url));

let home: string;
let executableSha256: string;
/** By kind, one server for all tests that leave it alive. */
const shared = new Map<string, Promise<OpenAiEngine>>();
const lost: EnclaveError[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hearth-test-'));
  const program = `#!/bin/sh\nexec ${process.execPath} --disable-warning=ExperimentalWarning ${script} "$@"\n`;
  await writeFile(join(home, 'program'), program, { mode: 0o700 });
  executableSha256 = createHash('sha256').update(program).digest('hex');
});
afterAll(async () => {
  await Promise.all([...shared.values()].map(async (engine) => (await engine).close()));
  await rm(home, { recursive: true });
});
beforeEach(() => writeFile(join(home, 'asked'), ''));

function serving(kind: EngineConfig['kind'] = 'llama.cpp'): Promise<OpenAiEngine> {
  const engine = shared.get(kind) ?? start({ kind });
  shared.set(kind, engine);
  return engine;
}

async function start(changes: Partial<EngineConfig> = {}, mode = ''): Promise<OpenAiEngine> {
  const config = engineConfig.parse({
    kind: 'llama.cpp',
    version: 'b6900',
    command: [join(home, 'program'), '{port}', join(home, 'asked'), mode],
    executableSha256,
    environment: { ENGINE_KEY: '{key}' },
    classes: ['chat', 'completion', 'embedding'],
    tools: true,
    ...changes,
  });
  const file = {
    name: 'ember',
    fileName: 'ember.gguf',
    sha256: 'ab'.repeat(32),
    open: () => openAsBlob(modelPath),
  };
  const options = { config, modelPath, file, slots: 1, contextTokens: 100, home };
  return OpenAiEngine.start(
    { ...options, onLost: (error) => lost.push(error) },
    new AbortController().signal,
  );
}

const asked = async (): Promise<Record<string, unknown>[]> => {
  const lines = (await readFile(join(home, 'asked'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

const ask = (content: string, more: Partial<GenerationRequest> = {}): GenerationRequest => ({
  prompt: { messages: [{ role: 'user', content }] },
  temperature: 0,
  stop: [],
  ...more,
});

async function answerTo(of: OpenAiEngine, request: GenerationRequest, maxTokens = 20, signal?: AbortSignal) {
  const sequence = of.createSequence();
  if (!sequence) throw new Error('no free slot');
  try {
    const { promptTokens, run } = await sequence.prepare(request, 'order one');
    const said = { text: '', outputTokens: 0, calls: [] as unknown[], reason: '', promptTokens };
    for await (const event of run(maxTokens, signal ?? new AbortController().signal)) {
      if (event.kind === 'end') said.reason = event.reason;
      else {
        said.text += event.text;
        said.outputTokens += tokensOf(event);
        said.calls.push(...event.toolCalls);
        expect(event.tokenIds).toEqual([]);
      }
    }
    return said;
  } finally {
    await sequence.release();
  }
}

test('an answer comes piece by piece and is billed by what the engine has counted', async () => {
  const said = await answerTo(await serving(), ask('one two three'));
  expect(said).toEqual({
    text: 'three two one',
    outputTokens: 4,
    calls: [],
    reason: 'stop',
    promptTokens: 3,
  });
  expect((await answerTo(await serving(), ask('one two three'), 2)).reason).toBe('length');
});

const whole = { temperature: 0, top_p: 1, frequency_penalty: 0, presence_penalty: 0, max_tokens: 20 };
test.each([
  [
    'llama.cpp',
    ['/apply-template', '/tokenize'],
    { cache_prompt: false, top_k: 0, min_p: 0, repeat_penalty: 1 },
  ],
  ['vllm', ['/tokenize'], { cache_salt: 'order one', top_k: -1, min_p: 0, repetition_penalty: 1 }],
  ['ollama', [`/api/blobs/sha256:${'ab'.repeat(32)}`, '/api/create', '/v1/chat/completions'], {}],
  ['openai', ['/v1/chat/completions'], {}],
] as const)(
  '%s: sampling is said in full, and no buyer’s prompt speeds up another’s where that can be said',
  async (kind, before, extras) => {
    await answerTo(await serving(kind), ask('a b'));
    const bodies = await asked();
    expect(bodies.slice(0, -1).map(({ path }) => path)).toEqual(before);
    expect(bodies.at(-1)).toEqual({
      path: '/v1/chat/completions',
      model: 'ember',
      messages: [{ role: 'user', content: 'a b' }],
      stream: true,
      stream_options: { include_usage: true },
      ...whole,
      ...extras,
    });
  },
);

test('a bare text goes to the endpoint for texts; stops, penalties and turns of a conversation travel', async () => {
  const of = await serving();
  expect(
    (await answerTo(of, ask('', { prompt: { text: 'x y' }, stop: ['!'], presencePenalty: 1 }))).text,
  ).toBe('y x');
  const call = { id: 'c1', name: 'weather', arguments: '{}' };
  const prompt = {
    messages: [
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', content: 'rain', toolCallId: 'c1' },
    ],
  } as const;
  await answerTo(of, ask('', { prompt }));
  const bodies = await asked();
  expect(bodies.filter(({ path }) => path === '/v1/completions')).toMatchObject([
    { prompt: 'x y', stop: ['!'], presence_penalty: 1 },
  ]);
  expect(bodies.at(-1)).toMatchObject({
    messages: [
      { role: 'assistant', tool_calls: [{ id: 'c1', function: { name: 'weather', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c1' },
    ],
  });
});

const weather = { name: 'weather', parameters: { type: 'object' as const }, isStrict: false };
test('functions are offered where the engine can read calls, and its calls come back', async () => {
  const toolUse = { tools: [weather], choice: 'auto' as const, isParallel: false };
  const { calls, reason } = await answerTo(await serving(), ask('!call', { toolUse }));
  expect(calls).toEqual([
    { index: 0, name: 'weather', arguments: '' },
    { index: 0, arguments: '{"city":"Ulm"}' },
  ]);
  expect(reason).toBe('stop');
  expect((await asked()).at(-1)).toMatchObject({
    tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    tool_choice: 'auto',
    parallel_tool_calls: false,
  });
});

test('what it cannot promise is refused by name, before anything runs', async () => {
  const of = await serving();
  const forced = { tools: [weather], choice: 'required' as const, isParallel: true };
  const strict = { tools: [{ ...weather, isStrict: true }], choice: 'auto' as const, isParallel: true };
  const table: [string, Partial<GenerationRequest>][] = [
    ['seed', { seed: 1 }],
    ['logprobs', { topLogprobs: 0 }],
    ['logit_bias', { logitBias: new Map([[1, 5]]) }],
    ['response_format', { json: 'object' }],
    ['tool_choice', { toolUse: forced }],
    ['tools', { toolUse: strict }],
    ['prompt', { prompt: { tokenIds: [1] } }],
    ['hearth_continuation', { emittedTokens: [1] }],
  ];
  for (const [param, change] of table)
    await expect(answerTo(of, ask('a', change))).rejects.toMatchObject({
      code: 'unsupported_parameter',
      details: { param },
      message: expect.stringContaining(`'${param}'`),
    });
  await expect(answerTo(of, ask('word '.repeat(100)))).rejects.toMatchObject({
    code: 'context_length_exceeded',
  });
  expect((await asked()).every(({ path }) => path !== '/v1/chat/completions')).toBe(true);
});

test.each(['!free', '!prompt', '!fewer', '!break'])(
  'an answer whose counts do not agree or do not come has failed (%s)',
  async (how) => {
    await expect(answerTo(await serving(), ask(`a b ${how}`))).rejects.toThrow(/^engine: /);
  },
);

test('who stops listening stops the server', async () => {
  const of = await serving();
  const stop = new AbortController();
  const sequence = of.createSequence();
  const prepared = await sequence?.prepare(ask('!endless'), 'a');
  const events: string[] = [];
  for await (const event of prepared?.run(10, stop.signal) ?? []) {
    events.push(event.kind === 'end' ? event.reason : event.text);
    stop.abort();
  }
  await sequence?.release();
  expect(events).toEqual(['on', 'cancelled']);
  while ((await asked()).at(-1)?.['closed'] !== true) await new Promise((resolve) => setImmediate(resolve));
});

test('texts are embedded where the engine serves that class, and ranked nowhere', async () => {
  const sequence = (await serving()).createSequence();
  const { inputTokens, run } = (await sequence?.prepareEmbeddings(['ab c', 'd'])) ?? {};
  expect(inputTokens).toBe(3);
  const vectors = await run?.(new AbortController().signal);
  expect(vectors?.map((vector) => Math.hypot(...vector))).toEqual([
    expect.closeTo(1, 6),
    expect.closeTo(1, 6),
  ]);
  expect(vectors?.[1]?.[0]).toBeCloseTo(0.6, 6);
  expect(() => sequence?.prepareRanking('q', ['d'])).toThrow(/'documents'/);
  await sequence?.release();
});

describe('the program', () => {
  test('that is not the one of the configuration is not started', async () => {
    await expect(start({ executableSha256: '00'.repeat(32) })).rejects.toMatchObject({
      code: 'engine_failed',
      details: { expected: `0x${'00'.repeat(32)}` },
    });
  });

  test('that ends before it serves is named with what it said last', async () => {
    await expect(start({}, 'fails')).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.stringContaining('no such model'),
    });
  });

  test('that serves another model is not used', async () => {
    await expect(start({ servedModel: 'other' })).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.stringContaining('it serves ember'),
    });
  });

  test('that dies is reported, and what it was at has failed', async () => {
    const of = await start();
    await expect(answerTo(of, ask('!crash'))).rejects.toThrow();
    while (lost.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(lost[0]).toMatchObject({ code: 'engine_failed' });
  });

  test('sees nothing of this process’s environment, and its placeholders have to be known', async () => {
    await expect(start({ environment: { ENGINE_KEY: '{password}' } })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('{password}'),
    });
  });
});

describe('a sealed job', () => {
  test('is billed by the engine’s counts, and tells no tokens that somebody could go on from', async () => {
    const home = await jobBench(await serving());
    const job = await buildJob(home, {
      body: { messages: [{ role: 'user', content: 'one two three' }], stream: true },
    });
    const { io } = await send(home, job);
    const { events, final } = openAnswer(job, io);
    expect(final).toMatchObject({ usage: { inputTokens: 3, cachedInputTokens: 0, outputTokens: 4 } });
    expect(events.flatMap((event) => (event.type === 'data' ? event.tokenIds : []))).toEqual([]);
    expect(io.receipts.at(-1)?.issued.receipt.execution).toMatchObject({
      outcome: outcomes.stop,
      outputTokens: 4,
    });
  });

  test('that asks for more than the engine can is answered so, and costs nothing', async () => {
    const home = await jobBench(await serving());
    const job = await buildJob(home, { body: { messages: [{ role: 'user', content: 'hi' }], seed: 7 } });
    const { io } = await send(home, job);
    const { head, text } = openAnswer(job, io);
    expect(head.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'unsupported_parameter', param: 'seed' } });
    expect(io.receipts.at(-1)?.issued.receipt.execution.amountPicoUsd).toBe(0n);
  });
});
