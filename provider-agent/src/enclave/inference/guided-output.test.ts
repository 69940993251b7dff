import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ChatMessage, GenerationRequest, Output } from './engine.ts';
import { UnsupportedSchema } from './grammar/schema.ts';
import { LlamaEngine } from './llama-engine.ts';
import { joined } from './output.ts';
import type { Tool, ToolUse } from './tools/tool.ts';

// Real inference with the model that ships with the repository: it understands no tools, so that only the grammar and
// the reader of calls can make them right.
const modelPath = fileURLToPath(new URL('../../../models/ember-2m-q8_0.gguf', import.meta.url));
jest.setTimeout(120_000); // the machine may be busy: these are limits, not expectations

let engine: LlamaEngine;
beforeAll(async () => {
  engine = await LlamaEngine.load({ modelPath, slots: 2, contextTokens: 2048, threads: 1, gpu: false });
});
afterAll(() => engine.close());

const ask = (content: string, more: Partial<GenerationRequest> = {}): GenerationRequest => ({
  prompt: { messages: [{ role: 'user', content }] },
  temperature: 0,
  stop: [],
  ...more,
});

async function answerTo(request: GenerationRequest, maxTokens = 200) {
  // One tenant: what is evaluated already is not evaluated again, and makes no difference.
  const sequence = engine.createSequence();
  if (!sequence) throw new Error('no free sequence');
  try {
    const { emitted, run, ...counts } = await sequence.prepare(request, 'one');
    const outputs: Output[] = [];
    const tokenIds: number[] = [];
    let reason = '';
    for await (const event of run(maxTokens, new AbortController().signal)) {
      if (event.kind === 'end') reason = event.reason;
      else {
        outputs.push(event);
        tokenIds.push(...event.tokenIds);
      }
    }
    return { ...joined(outputs), emitted, tokenIds, reason, ...counts };
  } finally {
    await sequence.release();
  }
}

/** What tokens that are there already say. */
async function said(request: GenerationRequest): Promise<Output> {
  const sequence = engine.createSequence();
  if (!sequence) throw new Error('no free sequence');
  const { emitted } = await sequence.prepare(request, 'reader');
  void sequence.release();
  return emitted;
}

const callsOf = (outputs: readonly Output[]) => {
  const calls: { name: string | undefined; arguments: string }[] = [];
  for (const { index, name, arguments: json } of joined(outputs).toolCalls) {
    calls[index] ??= { name, arguments: '' };
    calls[index].arguments += json;
  }
  return calls;
};

const city = { type: 'string', minLength: 1, maxLength: 8 };
const weather: Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city }, required: ['city'], additionalProperties: false },
  isStrict: true,
};
const now: Tool = { name: 'now', isStrict: false };
const use = (more: Partial<ToolUse> = {}): ToolUse => ({
  tools: [weather, now],
  choice: 'required',
  isParallel: false,
  ...more,
});

describe('JSON', () => {
  const meter = {
    type: 'object',
    properties: {
      meter: { type: 'integer', minimum: 0 },
      unit: { enum: ['kWh', 'Wh'] },
      note: { type: 'string', maxLength: 5 },
    },
    required: ['meter', 'unit', 'note'],
  };

  test('by a schema: the answer is a value of it, whatever the model would have said', async () => {
    for (const temperature of [0, 1.5]) {
      const { text, reason } = await answerTo(
        ask('Tell me about the sea.', { json: meter, temperature, seed: 5 }),
      );
      expect(reason).toBe('stop');
      const value = JSON.parse(text) as { meter: number; unit: string; note: string };
      expect(Object.keys(value)).toEqual(['meter', 'unit', 'note']);
      expect(Number.isInteger(value.meter) && ['kWh', 'Wh'].includes(value.unit)).toBe(true);
      expect(value.note.length).toBeLessThanOrEqual(5);
    }
  });

  test('without one: an object, and as good as the model can', async () => {
    const request = ask('Extract JSON: Meter 4821 read 12.4 kWh at 14:30.', { json: 'object' });
    const { text, reason } = await answerTo(request);
    expect(reason).toBe('stop');
    expect(JSON.parse(text)).toMatchObject({ meter: 4821 });
  });

  test('a schema that no grammar can promise is refused before anything runs', async () => {
    await expect(answerTo(ask('x', { json: { type: 'string', pattern: '^a' } }))).rejects.toThrow(
      UnsupportedSchema,
    );
  });
});

describe('calls', () => {
  test('that are required come with a name, arguments of the schema and no text', async () => {
    const { text, reason, ...said } = await answerTo(ask('What is the weather?', { toolUse: use() }));
    expect({ text, reason }).toEqual({ text: '', reason: 'stop' });
    const [call, ...others] = callsOf([{ text, ...said }]);
    expect(others).toEqual([]);
    expect(['get_weather', 'now']).toContain(call?.name);
    expect(typeof JSON.parse(call?.arguments ?? '')).toBe('object');
  });

  test('of one named function can be of no other', async () => {
    const { text, toolCalls, logprobs } = await answerTo(ask('x', { toolUse: use({ tools: [weather] }) }));
    const [call] = callsOf([{ text, toolCalls, logprobs }]);
    expect(call?.name).toBe('get_weather');
    const { city: said } = JSON.parse(call?.arguments ?? '') as { city: string };
    expect(said.length).toBeGreaterThan(0);
  });

  test('that the model may make or not: it says what it would have said, tools or none', async () => {
    const { toolCalls, text } = await answerTo(
      ask('What is remote attestation?', { toolUse: use({ choice: 'auto' }) }),
    );
    expect(toolCalls).toEqual([]);
    expect(text.length).toBeGreaterThan(20);
  });

  test('that the model has begun by itself go on by the grammar', async () => {
    // Someone has put the beginning of a call into the model's mouth: all tokens before the one that ends the name.
    const forced = ask('x', { toolUse: use({ tools: [weather] }) });
    const { tokenIds } = await answerTo(forced);
    const saysCall = async (tokens: number) =>
      (await said({ ...forced, emittedTokens: tokenIds.slice(0, tokens) })).toolCalls.length > 0;
    let named = 0;
    while (named < tokenIds.length && !(await saysCall(named))) named += 1;
    const emittedTokens = tokenIds.slice(0, named - 1);
    const request = ask('x', { toolUse: use({ choice: 'auto', tools: [weather, now] }), emittedTokens });
    const { emitted, reason, ...rest } = await answerTo(request);
    const [call] = callsOf([emitted, rest]);
    expect(reason).toBe('stop');
    expect(call?.name).toBe('get_weather');
    expect(Object.keys(JSON.parse(call?.arguments ?? '') as object)).toEqual(['city']);
  });

  test('of earlier turns and their results are part of the prompt', async () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'c', name: 'get_weather', arguments: '{"city":"Ulm"}' }],
      },
    ];
    const result: ChatMessage = { role: 'tool', content: '{"sky":"blue"}', toolCallId: 'c' };
    const asked = await answerTo(ask('', { prompt: { messages }, toolUse: use({ choice: 'auto' }) }), 1);
    const told = await answerTo(
      ask('', { prompt: { messages: [...messages, result] }, toolUse: use({ choice: 'auto' }) }),
      1,
    );
    expect(told.promptTokens).toBeGreaterThan(asked.promptTokens);
  });
});

test.each<[string, Partial<GenerationRequest>]>([
  ['a JSON value', { json: weather.parameters ?? 'object' }],
  ['a call', { toolUse: use() }],
])('%s that is taken up midway, anywhere, ends as the undisturbed one', async (_, how) => {
  const whole = await answerTo(ask('What is the weather?', how));
  expect(whole.tokenIds.length).toBeGreaterThan(8);
  for (const part of [0.1, 0.5, 0.9]) {
    const cut = Math.ceil(part * whole.tokenIds.length);
    const emittedTokens = whole.tokenIds.slice(0, cut);
    const { emitted, ...rest } = await answerTo(ask('What is the weather?', { ...how, emittedTokens }));
    expect([...emittedTokens, ...rest.tokenIds]).toEqual(whole.tokenIds);
    expect(emitted.text + rest.text).toBe(whole.text);
    expect(callsOf([emitted, rest])).toEqual(callsOf([whole]));
  }
});

test('bare text goes on as text, and tokens as tokens', async () => {
  const byText = await answerTo(ask('', { prompt: { text: 'Remote attestation' } }), 8);
  expect(byText.tokenIds.length).toBeGreaterThan(0);
  const ids = Array.from({ length: 10 }, (_, i) => 300 + i);
  expect((await answerTo(ask('', { prompt: { tokenIds: ids } }), 4)).promptTokens).toBe(10);
  await expect(answerTo(ask('', { prompt: { tokenIds: [1e8] } }))).rejects.toMatchObject({
    code: 'malformed_request',
  });
});
