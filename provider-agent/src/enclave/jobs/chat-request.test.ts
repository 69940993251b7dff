import { expect, test } from '@jest/globals';
import { parseChatRequest } from './chat-request.ts';

const messages = [{ role: 'user', content: 'hi' }];
const parse = (extra: object) => parseChatRequest({ messages, ...extra }, ['ember', '0xdigest']);

test('defaults: greedy, whole answer, no limit of its own', () => {
  expect(parse({})).toEqual({
    generation: { messages, temperature: 0, stop: [] },
    maxTokens: undefined,
    stream: false,
    includeUsage: false,
  });
});

test('parameters of generation arrive as they were given', () => {
  const request = parse({ temperature: 1.5, top_p: 0.5, seed: 7, stop: 'x', max_tokens: 5, stream: true });
  expect(request).toMatchObject({
    generation: { temperature: 1.5, topP: 0.5, seed: 7, stop: ['x'] },
    maxTokens: 5,
    stream: true,
  });
});

test('penalties and biases arrive as they were given', () => {
  const request = parse({ frequency_penalty: 0.5, presence_penalty: -2, logit_bias: { 1: 5, 20: -100 } });
  expect(request.generation).toMatchObject({
    frequencyPenalty: 0.5,
    presencePenalty: -2,
    logitBias: new Map([
      [1, 5],
      [20, -100],
    ]),
  });
});

test('max_completion_tokens wins over max_tokens', () => {
  expect(parse({ max_tokens: 5, max_completion_tokens: 3 }).maxTokens).toBe(3);
});

test('a seed of any integer becomes 32 bits, small ones stay themselves', () => {
  expect([0, 4_294_967_295, -1].map((seed) => parse({ seed }).generation.seed)).toEqual([
    0, 4_294_967_295, 4_294_967_295,
  ]);
});

test('developer is system, and text parts are joined', () => {
  const parts = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ];
  expect(parse({ messages: [{ role: 'developer', content: parts }] }).generation.messages).toEqual([
    { role: 'system', content: 'ab' },
  ]);
});

test('an answer can be sent back as it came', () => {
  const answer = { role: 'assistant', content: 'hello', refusal: null };
  expect(parse({ messages: [...messages, answer, ...messages] }).generation.messages[1]).toEqual({
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
  expect(parse(extra).generation.messages).toEqual(messages);
});

test.each([
  ['n', { n: 2 }],
  ['logprobs', { logprobs: true }],
  ['tools', { tools: [] }],
  ['reasoning_effort', { reasoning_effort: 'high' }],
  ['anything_new', { anything_new: 1 }],
])('%s is refused by name', (param, extra) => {
  expect(() => parse(extra)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param, status: 400 }),
  );
});

test.each([
  ['messages', { messages: [] }],
  ['messages.0.role', { messages: [{ role: 'tool', content: 'x' }] }],
  ['messages.0.content', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] }],
  ['temperature', { temperature: 2.1 }],
  ['max_tokens', { max_tokens: 0 }],
  ['stop', { stop: ['a', 'b', 'c', 'd', 'e'] }],
  ['seed', { seed: 1.5 }],
  ['presence_penalty', { presence_penalty: 3 }],
  ['logit_bias.hello', { logit_bias: { hello: 1 } }],
])('a wrong %s is named', (param, extra) => {
  expect(() => parse(extra)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
});

test('another model is not found', () => {
  expect(() => parse({ model: 'gpt-9' })).toThrow(
    expect.objectContaining({ code: 'model_not_found', status: 404 }),
  );
});

test.each([null, [], 'text', 1])('a body that is no object is refused (%#)', (body) => {
  expect(() => parseChatRequest(body, ['ember'])).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});
