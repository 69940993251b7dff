import { endpoints, outcomes, receiptCodec } from '@hearth/sdk/protocol';
import { type CommittedOutput, commit, committedItems } from '@hearth/sdk/sealed-job';
import { describe, expect, test } from '@jest/globals';
import { buildJob, filled, jobBench, openAnswer, send } from '../../testing/job-bench.ts';
import { type Script, ScriptedEngine } from '../../testing/scripted-engine.ts';

const messages = [{ role: 'user', content: 'hi' }];
const tools = ['get', 'put'].map((name) => ({ type: 'function', function: { name } }));
const flatTools = [{ type: 'function', name: 'get' }];
/** Text, then two calls in pieces. */
const calling: Script['tokens'] = [
  'Well.',
  { toolCalls: [{ index: 0, name: 'get', arguments: '' }] },
  { toolCalls: [{ index: 0, arguments: '{"a":' }] },
  { toolCalls: [{ index: 0, arguments: '1}' }] },
  { toolCalls: [{ index: 1, name: 'put', arguments: '{}' }] },
];
const rated = (text: string, tokenId: number) => {
  const rival = { tokenId: 9, text: '?', logprob: -3 };
  const own = { tokenId, text, logprob: -0.5 };
  return { text, logprobs: [{ ...own, top: [own, rival] }] };
};

async function answer(
  endpoint: number,
  body: object,
  tokens: Script['tokens'] = ['Grüße', ' 灯', '!'],
  header: object = {},
) {
  const home = await jobBench(new ScriptedEngine({ tokens }));
  const job = await buildJob(home, { header: { endpoint, ...header }, body });
  const { io } = await send(home, job);
  const { head, text, final } = openAnswer(job, io);
  const { execution } = receiptCodec.parse(final.receipt);
  const outputCommitOf = (output: readonly CommittedOutput[]) =>
    commit('output', committedItems({}, output).output, job.cek);
  const { params, prompt } = committedItems(body as Record<string, unknown>, [], endpoint);
  expect(execution).toMatchObject({
    paramsCommit: commit('params', params, job.cek),
    promptCommit: commit('prompt', prompt, job.cek),
  });
  return { head, text, execution, home, json: () => JSON.parse(text), outputCommitOf };
}

const eventsOf = (sse: string) =>
  sse
    .split('\n\n')
    .map((event) => event.slice(event.indexOf('data: ') + 6))
    .filter((event) => event.startsWith('{'))
    .map((event) => JSON.parse(event));

describe('chat completions', () => {
  const chat = (body: object, tokens?: Script['tokens'], header?: object) =>
    answer(endpoints.chatCompletions, { messages, ...body }, tokens, header);

  test('several choices: each is generated, the prompt is billed once, and their tokens all', async () => {
    const { json, execution, home, outputCommitOf } = await chat({ n: 2 });
    expect(json().choices).toMatchObject([
      { index: 0, message: { content: 'Grüße 灯!' }, finish_reason: 'stop' },
      { index: 1, message: { content: 'Grüße 灯!' }, finish_reason: 'stop' },
    ]);
    expect(json().usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 6 });
    expect(execution).toMatchObject({ inputTokens: 10, outputTokens: 6, outcome: outcomes.stop });
    expect(home.engine.requests.map(({ choice }) => choice)).toEqual([undefined, 1]);
    const content = 'Grüße 灯!';
    expect(execution.outputCommit).toBe(outputCommitOf([{ content }, { content }]));
  });

  test('several choices in a stream: one after the other, each with its role and its end', async () => {
    const { text } = await chat({ n: 2, stream: true });
    const chunks = eventsOf(text).map(({ choices: [choice] }) => choice);
    const said = (index: number) => chunks.filter((choice) => choice.index === index);
    for (const index of [0, 1]) {
      expect(said(index)[0].delta).toEqual({ role: 'assistant', content: '' });
      expect(
        said(index)
          .map(({ delta }) => delta.content ?? '')
          .join(''),
      ).toBe('Grüße 灯!');
      expect(said(index).at(-1)).toMatchObject({ delta: {}, finish_reason: 'stop' });
    }
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('the cap of a job is for all of its choices together', async () => {
    const { json, execution } = await chat({ n: 2 }, undefined, { maxOutputTokens: 4 });
    expect(json().choices).toMatchObject([
      { message: { content: 'Grüße 灯!' }, finish_reason: 'stop' },
      { message: { content: 'Grüße' }, finish_reason: 'length' },
    ]);
    expect(execution).toMatchObject({ outputTokens: 4, outcome: outcomes.length });
  });

  test('calls: whole, with ids, and a reason of their own', async () => {
    const { json, execution, outputCommitOf } = await chat({ tools }, calling);
    const [{ message, finish_reason }] = json().choices;
    expect(finish_reason).toBe('tool_calls');
    expect(message).toMatchObject({
      content: 'Well.',
      tool_calls: [
        { type: 'function', function: { name: 'get', arguments: '{"a":1}' } },
        { type: 'function', function: { name: 'put', arguments: '{}' } },
      ],
    });
    expect(new Set(message.tool_calls.map(({ id }: { id: string }) => id)).size).toBe(2);
    expect(execution.outcome).toBe(outcomes.toolCalls);
    const toolCalls = [
      { name: 'get', arguments: '{"a":1}' },
      { name: 'put', arguments: '{}' },
    ];
    expect(execution.outputCommit).toBe(outputCommitOf([{ content: 'Well.', toolCalls }]));
  });

  test('calls in a stream: id and name first, then the arguments', async () => {
    const { text } = await chat({ tools, stream: true }, calling);
    const deltas = eventsOf(text).flatMap(({ choices: [{ delta }] }) => delta.tool_calls ?? []);
    for (const index of [0, 1]) {
      const own = deltas.filter((delta) => delta.index === index);
      expect(own[0]).toMatchObject({ type: 'function', id: expect.stringMatching(/^call_/) });
      expect(own.slice(1).every((delta) => !('id' in delta))).toBe(true);
      const json = own.map((delta) => delta.function.arguments).join('');
      expect(json).toBe(index === 0 ? '{"a":1}' : '{}');
    }
  });

  test('probabilities beside the text', async () => {
    const tokens = [rated('Gr', 1), rated('ü', 2)];
    const { json } = await chat({ logprobs: true, top_logprobs: 2 }, tokens);
    expect(json().choices[0].logprobs).toEqual({
      refusal: null,
      content: [
        {
          token: 'Gr',
          logprob: -0.5,
          bytes: [71, 114],
          top_logprobs: [
            { token: 'Gr', logprob: -0.5, bytes: [71, 114] },
            { token: '?', logprob: -3, bytes: [63] },
          ],
        },
        expect.objectContaining({ token: 'ü', bytes: [195, 188] }),
      ],
    });
    const { text } = await chat({ logprobs: true, stream: true }, tokens);
    const streamed = eventsOf(text).flatMap(({ choices: [{ logprobs }] }) => logprobs?.content ?? []);
    expect(streamed.map(({ token }) => token)).toEqual(['Gr', 'ü']);
  });
});

describe('completions', () => {
  const complete = (body: object, tokens?: Script['tokens']) =>
    answer(endpoints.completions, { prompt: 'Once', ...body }, tokens);

  test('bare text goes in and out', async () => {
    const { json, home, execution, outputCommitOf } = await complete({});
    expect(json()).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      choices: [{ index: 0, text: 'Grüße 灯!', logprobs: null, finish_reason: 'stop' }],
    });
    expect(home.engine.requests[0]?.prompt).toEqual({ text: 'Once' });
    expect(execution.outputCommit).toBe(outputCommitOf([{ content: 'Grüße 灯!' }]));
  });

  test('several prompts: all are billed, each has its choices', async () => {
    const { json, execution, home } = await complete({ prompt: ['a', 'b'], n: 2 });
    expect(json().choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3]);
    expect(execution).toMatchObject({ inputTokens: 20, outputTokens: 12 });
    expect(new Set(home.engine.requests.map(({ prompt }) => JSON.stringify(prompt)))).toEqual(
      new Set(['{"text":"a"}', '{"text":"b"}']),
    );
  });

  test('streamed, with probabilities in columns', async () => {
    const { text } = await complete({ stream: true, logprobs: 1 }, [rated('Gr', 1), rated('ü', 2)]);
    const events = eventsOf(text).map(({ choices: [choice] }) => choice);
    expect(events.map((choice) => choice.text).join('')).toBe('Grü');
    const columns = events.map(({ logprobs }) => logprobs).filter((logprobs) => logprobs !== null);
    expect(columns.flatMap(({ tokens }) => tokens)).toEqual(['Gr', 'ü']);
    expect(columns.flatMap(({ text_offset }) => text_offset)).toEqual([0, 2]);
    expect(columns[0].top_logprobs[0]).toEqual({ Gr: -0.5, '?': -3 });
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test.each([
    ['echo', { echo: true }],
    ['suffix', { suffix: 'x' }],
    ['best_of', { best_of: 3 }],
  ])('%s is refused by name', async (param, extra) => {
    const { head, json } = await complete(extra);
    expect(head.status).toBe(400);
    expect(json()).toMatchObject({ error: { code: 'unsupported_parameter', param } });
  });
});

describe('responses', () => {
  const respond = (body: object, tokens?: Script['tokens'], header?: object) =>
    answer(endpoints.responses, { input: 'hi', ...body }, tokens, header);

  test('an answer in one piece', async () => {
    const { json, home, execution, outputCommitOf } = await respond({ instructions: 'Be kind.' });
    expect(json()).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      status: 'completed',
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Grüße 灯!' }],
        },
      ],
      usage: { input_tokens: 10, output_tokens: 3, total_tokens: 13 },
      store: false,
    });
    expect(home.engine.requests[0]?.prompt).toEqual({
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'hi' },
      ],
    });
    expect(execution.outputCommit).toBe(outputCommitOf([{ content: 'Grüße 灯!' }]));
  });

  test('the events of a stream, in their order', async () => {
    const { text } = await respond({ stream: true });
    const events = eventsOf(text);
    const types = events.map(({ type }) => type.replace('response.', ''));
    expect([...new Set(types)]).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, i) => i));
    expect(text.startsWith('event: response.created\ndata: ')).toBe(true);
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
    expect(deltas.map(({ delta }) => delta).join('')).toBe('Grüße 灯!');
    expect(events.at(-1).response).toMatchObject({ status: 'completed', usage: { output_tokens: 3 } });
  });

  test('calls are items of their own', async () => {
    const { text, execution } = await respond({ stream: true, tools: flatTools }, calling.slice(0, 4));
    const events = eventsOf(text);
    const items = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
    expect(items).toMatchObject([
      { type: 'message', content: [{ text: 'Well.' }] },
      { type: 'function_call', name: 'get', arguments: '{"a":1}', call_id: expect.stringMatching(/^call_/) },
    ]);
    const args = events.filter(({ type }) => type === 'response.function_call_arguments.delta');
    expect(args.map(({ delta }) => delta).join('')).toBe('{"a":1}');
    expect(events.at(-1).response.output).toMatchObject(items);
    expect(execution.outcome).toBe(outcomes.toolCalls);
  });

  test('an answer that reaches its limit is incomplete, and says why', async () => {
    const { json, execution } = await respond({ max_output_tokens: 2 });
    expect(json()).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    });
    expect(execution.outcome).toBe(outcomes.length);
  });

  test('an earlier conversation, with its calls and their results', async () => {
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'get', arguments: '{}', status: 'completed' },
      { type: 'function_call_output', call_id: 'c1', output: 'sunny' },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Sun.', annotations: [] }],
      },
      { role: 'user', content: 'And now?' },
    ];
    const { home } = await respond({ input, tools: flatTools });
    expect(home.engine.requests[0]?.prompt).toEqual({
      messages: [
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'get', arguments: '{}' }] },
        { role: 'tool', content: 'sunny', toolCallId: 'c1' },
        { role: 'assistant', content: 'Sun.' },
        { role: 'user', content: 'And now?' },
      ],
    });
  });

  test('nothing is kept, so nothing can be gone back to', async () => {
    const { head, json } = await respond({ previous_response_id: 'resp_1' });
    expect(head.status).toBe(400);
    expect(json()).toMatchObject({
      error: { code: 'previous_response_not_found', param: 'previous_response_id' },
    });
  });

  test('a stream that is taken up has the same ids, goes on counting and ends whole', async () => {
    const hearth_continuation = { tokens: [0, 1], receipts: [], started: { id: 'resp_first', created: 77 } };
    const { text } = await respond({ stream: true, hearth_continuation }, calling, {
      attempt: 1,
      previousJobId: filled(7),
    });
    const events = eventsOf(text);
    const types = events.map(({ type }) => type);
    expect(types).not.toContain('response.created');
    expect(types[0]).toBe('response.function_call_arguments.delta');
    expect(events[0].sequence_number).toBeGreaterThan(16);
    expect(events.at(-1).response).toMatchObject({
      id: 'resp_first',
      output: [{ content: [{ text: 'Well.' }] }, { arguments: '{"a":1}' }, { arguments: '{}' }],
      usage: { output_tokens: 5 },
    });
  });
});

test('several choices cannot be taken up', async () => {
  const body = { messages, n: 2, hearth_continuation: { tokens: [0], receipts: [] } };
  const { head } = await answer(endpoints.chatCompletions, body, undefined, {
    attempt: 1,
    previousJobId: filled(7),
  });
  expect(head.status).toBe(400);
});

describe('embeddings', () => {
  const embed = (body: object, header?: object) => answer(endpoints.embeddings, body, undefined, header);

  test('numbers, or the same numbers in base64; input is billed and nothing else', async () => {
    const { json, execution, outputCommitOf } = await embed({ input: ['a', 'abc'] });
    expect(json()).toMatchObject({
      object: 'list',
      model: 'ember',
      data: [
        { object: 'embedding', index: 0, embedding: [1, Math.fround(0.1)] },
        { object: 'embedding', index: 1, embedding: [3, Math.fround(0.1)] },
      ],
      usage: { prompt_tokens: 20, total_tokens: 20 },
    });
    expect(execution).toMatchObject({ inputTokens: 20, outputTokens: 0, outcome: outcomes.stop });
    expect(execution.amountPicoUsd).toBe(20_000_000n);
    const encoded = (await embed({ input: ['a', 'abc'], encoding_format: 'base64' })).json().data;
    const [first] = encoded;
    expect(Buffer.from(first.embedding, 'base64').readFloatLE(4)).toBe(Math.fround(0.1));
    expect(execution.outputCommit).toBe(
      outputCommitOf(
        encoded.map(({ index, embedding }: { index: number; embedding: string }) => ({ index, embedding })),
      ),
    );
  });

  test('a cap below the input is an error that costs nothing', async () => {
    const { head, execution } = await embed({ input: 'a' }, { capPicoUsd: 9_999_999n });
    expect(head.status).toBe(402);
    expect(execution.amountPicoUsd).toBe(0n);
  });

  test('dimensions are refused by name, an empty input is wrong', async () => {
    expect((await embed({ input: 'a', dimensions: 8 })).json()).toMatchObject({
      error: { code: 'unsupported_parameter', param: 'dimensions' },
    });
    expect((await embed({ input: '' })).json()).toMatchObject({ error: { code: 'invalid_request' } });
  });
});

test('ranking: the best documents first, as many as wanted', async () => {
  const body = {
    query: 'q',
    documents: ['long text', { text: 'x' }, 'mid'],
    top_n: 2,
    return_documents: true,
  };
  const { json, execution, outputCommitOf } = await answer(endpoints.rerank, body);
  expect(json().results).toEqual([
    { index: 1, relevance_score: 1, document: { text: 'x' } },
    { index: 2, relevance_score: 1 / 3, document: { text: 'mid' } },
  ]);
  expect(json().x_ranking).toBe('ranking_head');
  expect(execution).toMatchObject({ inputTokens: 30, outputTokens: 0 });
  expect(execution.outputCommit).toBe(
    outputCommitOf([
      { index: 1, relevance_score: 1 },
      { index: 2, relevance_score: 1 / 3 },
    ]),
  );
});
