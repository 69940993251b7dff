import { expect, test } from '@jest/globals';
import { readChatRequest } from './chat-request.ts';

const messages = [{ role: 'user', content: 'hi' }];
const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } });
const read = (extra: object) => readChatRequest({ messages, ...extra }, ['ember', '0xdigest']);
const generationOf = (extra: object) => {
  const [generation] = read(extra).generations;
  if (!generation) throw new Error('there is always one');
  return generation;
};
const messagesOf = (extra: object) => {
  const { prompt } = generationOf(extra);
  return 'messages' in prompt ? prompt.messages : undefined;
};

test('defaults: greedy, one whole answer, no limit of its own', () => {
  expect(read({})).toMatchObject({
    generations: [{ prompt: { messages }, temperature: 0, stop: [] }],
    choicesPerPrompt: 1,
    maxTokens: undefined,
  });
});

test('parameters of generation arrive as they were given', () => {
  const request = read({ temperature: 1.5, top_p: 0.5, seed: 7, stop: 'x', max_tokens: 5, n: 2 });
  const generation = { temperature: 1.5, topP: 0.5, seed: 7, stop: ['x'] };
  expect(request).toMatchObject({ generations: [generation, { ...generation, choice: 1 }], maxTokens: 5 });
});

test('penalties and biases arrive as they were given', () => {
  const bias = { 1: 5, 20: -100, any: 0 };
  expect(generationOf({ frequency_penalty: 0.5, presence_penalty: -2, logit_bias: bias })).toMatchObject({
    frequencyPenalty: 0.5,
    presencePenalty: -2,
    logitBias: new Map([
      [1, 5],
      [20, -100],
    ]),
  });
});

test('max_completion_tokens wins over max_tokens', () => {
  expect(read({ max_tokens: 5, max_completion_tokens: 3 }).maxTokens).toBe(3);
});

test('a seed of any integer becomes 32 bits, small ones stay themselves', () => {
  expect([0, 4_294_967_295, -1].map((seed) => generationOf({ seed }).seed)).toEqual([
    0, 4_294_967_295, 4_294_967_295,
  ]);
});

test('developer is system, and text parts are joined', () => {
  const parts = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ];
  expect(messagesOf({ messages: [{ role: 'developer', content: parts }] })).toEqual([
    { role: 'system', content: 'ab' },
  ]);
});

test('an answer can be sent back as it came', () => {
  const answer = { role: 'assistant', content: 'hello', refusal: null };
  expect(messagesOf({ messages: [...messages, answer, ...messages] })?.[1]).toEqual({
    role: 'assistant',
    content: 'hello',
  });
});

test.each([
  { user: 'u', metadata: { a: 'b' }, store: true, service_tier: 'auto', safety_identifier: 's' },
  { n: 1, frequency_penalty: 0, presence_penalty: 0, logprobs: false, response_format: { type: 'text' } },
  { logit_bias: null, tools: null, stop: null, temperature: null },
  { model: 'ember' },
  { model: '0xdigest' },
])('parameters that change nothing are accepted (%#)', (extra) => {
  expect(messagesOf(extra)).toEqual(messages);
});

test.each([
  ['web_search_options', { web_search_options: {} }],
  ['functions', { functions: [{ name: 'f' }] }],
  ['modalities', { modalities: ['text', 'audio'] }],
  ['anything_new', { anything_new: 1 }],
])('%s is refused by name', (param, extra) => {
  expect(() => read(extra)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param, status: 400 }),
  );
});

test.each([
  ['messages', { messages: [] }],
  ['messages.0.tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
  ['messages.0.role', { messages: [{ role: 'robot', content: 'x' }] }],
  ['tools.0.type', { tools: [{ type: 'retrieval' }] }],
  ['tool_choice', { tool_choice: 'required' }],
  ['tool_choice', { tools: [tool('f')], tool_choice: { type: 'function', function: { name: 'g' } } }],
  ['top_logprobs', { top_logprobs: 3 }],
  ['n', { n: 0 }],
  [
    'messages.0.content.0.type',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
  ],
  ['temperature', { temperature: 2.1 }],
  ['max_tokens', { max_tokens: 0 }],
  ['stop', { stop: ['a', 'b', 'c', 'd', 'e'] }],
  ['seed', { seed: 1.5 }],
  ['presence_penalty', { presence_penalty: 3 }],
  ['logit_bias.hello', { logit_bias: { hello: 1 } }],
])('a wrong %s is named', (param, extra) => {
  expect(() => read(extra)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
});

test('another model is not found', () => {
  expect(() => read({ model: 'gpt-9' })).toThrow(
    expect.objectContaining({ code: 'model_not_found', status: 404 }),
  );
});

test.each([null, [], 'text', 1])('a body that is no object is refused (%#)', (body) => {
  expect(() => readChatRequest(body, ['ember'])).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});

test('tools, and who is to be called', () => {
  const schema = { type: 'object', properties: {} };
  const tools = [tool('f', { description: 'F', parameters: schema, strict: true }), tool('g')];
  const f = { name: 'f', description: 'F', parameters: schema, isStrict: true };
  const g = { name: 'g', isStrict: false };
  const useOf = (extra: object) => generationOf({ tools, ...extra }).toolUse;
  expect(useOf({})).toEqual({ tools: [f, g], choice: 'auto', isParallel: true });
  expect(useOf({ tool_choice: 'none' })).toBeUndefined();
  expect(useOf({ tool_choice: 'required', parallel_tool_calls: false })).toMatchObject({
    choice: 'required',
    isParallel: false,
  });
  expect(useOf({ tool_choice: { type: 'function', function: { name: 'g' } } })).toEqual({
    tools: [g],
    choice: 'required',
    isParallel: false,
  });
  const allowed = { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] };
  expect(useOf({ tool_choice: { type: 'allowed_tools', allowed_tools: allowed } })).toMatchObject({
    tools: [f],
    choice: 'auto',
  });
});

test('calls of earlier turns and what the functions answered', () => {
  const calls = [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }];
  const asked = { role: 'assistant', content: null, tool_calls: calls };
  const answered = { role: 'tool', tool_call_id: 'c1', content: '42' };
  expect(messagesOf({ messages: [...messages, asked, answered] })?.slice(1)).toEqual([
    { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'f', arguments: '{}' }] },
    { role: 'tool', toolCallId: 'c1', content: '42' },
  ]);
});

test('formats and probabilities', () => {
  const schema = { type: 'object' };
  const formatted = (format: object) => generationOf({ response_format: format }).json;
  expect(formatted({ type: 'text' })).toBeUndefined();
  expect(formatted({ type: 'json_object' })).toBe('object');
  expect(formatted({ type: 'json_schema', json_schema: { name: 'x', schema, strict: true } })).toEqual(
    schema,
  );
  expect(generationOf({ logprobs: true, top_logprobs: 3 }).topLogprobs).toBe(3);
  expect(generationOf({ logprobs: true }).topLogprobs).toBe(0);
});
