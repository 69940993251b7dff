import { type Hex, receiptFaults } from '@hearth/attestation/receipt';
import { outcomes, receiptCodec } from '@hearth/sdk/protocol';
import { commit, committedItems } from '@hearth/sdk/sealed-job';
import { describe, expect, test } from '@jest/globals';
import {
  answerText,
  buildJob,
  bytesOf,
  domain,
  filled,
  jobBench,
  openAnswer,
  RecordingIo,
  send,
} from '../../testing/job-bench.ts';
import { type Script, ScriptedEngine } from '../../testing/scripted-engine.ts';

const bench = (script: Partial<Script> = {}) =>
  jobBench(new ScriptedEngine({ tokens: ['Grüße', ' ', '灯', '!'], ...script }));

test('a job is answered in a sealed stream and billed by sound receipts to host and buyer', async () => {
  const home = await bench();
  const job = await buildJob(home);
  const { end, io } = await send(home, job);
  const { head, text, final, ciphertextHash } = openAnswer(job, io);
  expect(head).toMatchObject({ status: 200, contentType: 'text/event-stream; charset=utf-8' });
  expect(answerText(text)).toBe('Grüße 灯!');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  expect(io.receipts.map(({ issued }) => issued.receipt.execution)).toMatchObject([
    { outcome: outcomes.interim, inputTokens: 10, outputTokens: 1 },
    { outcome: outcomes.stop, inputTokens: 10, outputTokens: 4 },
  ]);
  for (const { issued } of io.receipts)
    expect(receiptFaults(domain, issued.receipt, issued.signature)).toEqual([]);
  const last = io.receipts.at(-1);
  if (!last) throw new Error('expected a receipt');
  const { receipt, receiptHash } = last.issued;
  expect(receiptCodec.parse(final.receipt)).toEqual(receipt);
  expect(receipt.execution).toMatchObject({
    inputTokens: 10,
    outputTokens: 4,
    outcome: outcomes.stop,
    amountPicoUsd: 18_000_000n,
    requestCiphertextHash: job.sealed.requestCiphertextHash,
    responseCiphertextHash: ciphertextHash,
    evidenceHash: filled(0xf0),
  });
  expect(end).toEqual({
    kind: 'done',
    body: {
      jobHeaderHash: job.jobHeaderHash,
      outcome: outcomes.stop,
      receiptHash,
      inputTokens: 10,
      outputTokens: 4,
    },
  });
  expect(home.engine.freeSlots).toBe(1);
});

test('the commitments are over what the buyer sent and read', async () => {
  const home = await bench();
  const body = { model: 'ember', messages: [{ role: 'user', content: 'hi' }], temperature: 0, seed: 3 };
  const job = await buildJob(home, { body });
  const { io } = await send(home, job);
  const { text } = openAnswer(job, io);
  const items = committedItems(body, [{ content: JSON.parse(text).choices[0].message.content }]);
  expect(io.receipts.at(-1)?.issued.receipt.execution).toMatchObject({
    paramsCommit: commit('params', items.params, job.cek),
    promptCommit: commit('prompt', items.prompt, job.cek),
    outputCommit: commit('output', items.output, job.cek),
  });
});

test('without `stream` the answer is one JSON document in the shape of OpenAI', async () => {
  const home = await bench();
  const job = await buildJob(home, { body: { messages: [{ role: 'user', content: 'hi' }], max_tokens: 3 } });
  const { head, text } = openAnswer(job, (await send(home, job)).io);
  expect(head.contentType).toBe('application/json');
  expect(JSON.parse(text)).toMatchObject({
    object: 'chat.completion',
    model: 'ember',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Grüße 灯' }, finish_reason: 'length' }],
    usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
  });
});

test('usage comes in a last chunk when it is asked for', async () => {
  const home = await bench();
  const body = {
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
    stream_options: { include_usage: true },
  };
  const job = await buildJob(home, { body });
  const { text } = openAnswer(job, (await send(home, job)).io);
  const chunks = text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)));
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 4 } });
});

describe('endings', () => {
  test('interim receipts come with the first tokens and every 256, each billing what was delivered', async () => {
    const home = await bench({ tokens: Array.from({ length: 600 }, () => 'x') });
    const job = await buildJob(home, { header: { maxOutputTokens: 600, capPicoUsd: 10n ** 12n } });
    const { io } = await send(home, job);
    const { events } = openAnswer(job, io);
    expect(events.filter(({ type }) => type === 'interim')).toHaveLength(3);
    const executions = io.receipts.map(({ issued }) => issued.receipt.execution);
    expect(executions.map(({ outcome }) => outcome)).toEqual([0, 0, 0, outcomes.stop]);
    expect(executions.map(({ jobPriorPicoUsd }) => jobPriorPicoUsd)).toEqual([
      0n,
      executions[0]?.amountPicoUsd,
      executions[1]?.amountPicoUsd,
      executions[2]?.amountPicoUsd,
    ]);
    expect(executions[0]?.outputTokens).toBe(1);
    expect(executions[1]?.outputTokens).toBeGreaterThanOrEqual(257);
    expect(executions[1]?.outputTokens).toBeLessThan(257 + 8);
  });

  test('a slow model is billed by time', async () => {
    const home = await bench({
      tokens: ['a', 'b', 'c'],
      beforeToken: () => {
        home.time.ms += 1500;
      },
    });
    const { io } = await send(home, await buildJob(home));
    expect(io.receipts.map(({ issued }) => issued.receipt.execution.outcome)).toEqual([0, 0, outcomes.stop]);
  });

  test('a cancelled stream bills what was delivered, never ends cleanly, and still has its final frame', async () => {
    const io: { current?: RecordingIo } = {};
    const home = await bench({
      tokens: Array.from({ length: 100 }, () => 'x'),
      beforeToken: (index) => {
        if (index === 20) io.current?.abort.abort();
      },
    });
    const job = await buildJob(home);
    io.current = new RecordingIo(bytesOf(job));
    await send(home, job, io.current);
    const { text, final } = openAnswer(job, io.current);
    const { execution } = io.current.receipts.at(-1)?.issued.receipt ?? {};
    expect(final.finishReason).toBe('cancelled');
    expect(text).not.toContain('[DONE]');
    expect(answerText(text)).toHaveLength(execution?.outputTokens ?? -1);
    expect(execution?.outputTokens).toBeGreaterThan(0);
    expect(execution?.outputTokens).toBeLessThanOrEqual(20);
    expect(home.engine.freeSlots).toBe(1);
  });

  test('a broken engine is an error to the buyer without its cause, and a receipt for what was delivered', async () => {
    const home = await bench({
      tokens: ['secret', 'b'],
      beforeToken: (index) => {
        if (index === 1) throw new Error('llama said: secret prompt');
      },
    });
    const job = await buildJob(home);
    const { io, end } = await send(home, job);
    const { text, final } = openAnswer(job, io);
    expect(final.finishReason).toBe('provider_error');
    expect(text).not.toContain('llama said');
    expect(text).not.toContain('[DONE]');
    expect(end).toMatchObject({ kind: 'done', body: { outcome: outcomes.providerError, outputTokens: 1 } });
    expect(home.engine.freeSlots).toBe(1);
  });

  test('without streaming, a job that breaks off has an error status and commits to no output', async () => {
    const home = await bench({
      beforeToken: (index) => {
        if (index === 2) throw new Error('broken');
      },
    });
    const job = await buildJob(home, { body: { messages: [{ role: 'user', content: 'hi' }] } });
    const { io } = await send(home, job);
    const { text, final } = openAnswer(job, io);
    expect(text).toBe('');
    expect(final.failure).toMatchObject({ status: 500, body: expect.stringContaining('provider_error') });
    const empty = commit('output', committedItems({}, [{ content: '' }]).output, job.cek);
    expect(io.receipts.at(-1)?.issued.receipt.execution.outputCommit).toBe(empty);
  });

  test.each([
    ['web_search_options', { web_search_options: {} }],
    ['modalities', { modalities: ['audio'] }],
    ['functions', { functions: [{ name: 'f' }] }],
  ])(
    'the parameter %s, which changes the answer, is refused by name and costs nothing',
    async (param, extra) => {
      const home = await bench();
      const job = await buildJob(home, { body: { messages: [{ role: 'user', content: 'hi' }], ...extra } });
      const { io } = await send(home, job);
      const { head, text } = openAnswer(job, io);
      expect(head.status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({
        error: { type: 'invalid_request_error', code: 'unsupported_parameter', param },
      });
      expect(io.receipts[0]?.issued.receipt.execution.amountPicoUsd).toBe(0n);
    },
  );

  test("a prompt beyond the context is OpenAI's error", async () => {
    const home = await bench({ promptTokens: 100, contextTokens: 100 });
    const job = await buildJob(home);
    const { text } = openAnswer(job, (await send(home, job)).io);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'context_length_exceeded' } });
  });
});

test('the receipt that leaves for the host names the highest cap the buyer has signed', async () => {
  const home = await bench();
  await send(home, await buildJob(home, { cumulativeCapPicoUsd: 900_000_000n }));
  const { io } = await send(home, await buildJob(home, { cumulativeCapPicoUsd: 500_000_000n }));
  expect(io.receipts[0]?.cap.cumulativeCapPicoUsd).toBe(900_000_000n);
  const hashes: Hex[] = io.receipts.map(({ cap }) => cap.jobHeaderHash);
  expect(hashes[0]).not.toBe(io.receipts[0]?.issued.receipt.execution.jobHeaderHash);
});
