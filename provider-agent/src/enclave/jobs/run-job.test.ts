import { type Hex, hashNotRun, isSignedBy, receiptFaults } from '@hearth/attestation/receipt';
import { outcomes, receiptCodec, type SignedReceipt, signedReceipt } from '@hearth/sdk/protocol';
import { commit, committedItems } from '@hearth/sdk/sealed-job';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  buildJob,
  bytesOf,
  domain,
  filled,
  type JobOverrides,
  jobBench,
  NOW_SEC,
  openAnswer,
  RecordingIo,
  send,
} from '../../testing/job-bench.ts';
import { type Script, ScriptedEngine } from '../../testing/scripted-engine.ts';

const bench = (script: Partial<Script> = {}) =>
  jobBench(new ScriptedEngine({ tokens: ['Grüße', ' ', '灯', '!'], ...script }));
const answerText = (sse: string) =>
  sse
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)).choices?.[0]?.delta?.content ?? '')
    .join('');

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

describe('refusals', () => {
  const cases: [code: string, overrides: JobOverrides][] = [
    ['order_mismatch', { header: { orderHash: filled(9) } }],
    [
      'session_signature_invalid',
      { signer: new Uint8Array(32).fill(7), authorizationSigner: new Uint8Array(32).fill(0x11) },
    ],
    ['authorization_invalid', { authorizationSigner: new Uint8Array(32).fill(7) }],
    ['authorization_invalid', { authorizationFor: filled(9, 20) }],
    ['price_above_order', { header: { priceInput: 2_000_001n } }],
    ['price_above_order', { header: { priceCachedInput: 1_000_001n } }],
    ['price_above_order', { header: { priceOutput: 4_000_001n } }],
    ['tier_below_order', { order: { minTier: 1 } }],
    ['policy_mismatch', { header: { policyHash: filled(9) } }],
    ['model_mismatch', { header: { modelDigest: filled(9) } }],
    ['unsupported_endpoint', { header: { endpoint: 9 } }],
    ['order_not_valid_now', { order: { validAfterUnixSec: 1_790_000_001n } }],
    ['order_not_valid_now', { order: { validUntilUnixSec: 1_789_999_999n } }],
    ['job_not_yet_valid', { header: { notBeforeUnixSec: 1_790_000_001n } }],
    ['job_expired', { header: { expiresAtUnixSec: 1_790_000_000n } }],
    ['expiry_beyond_order', { order: { validUntilUnixSec: 1_790_000_100n } }],
    ['expiry_beyond_key', { header: { expiresAtUnixSec: 1_790_003_601n } }],
    ['not_a_recipient', { recipient: { enclaveKey: filled(9, 20) } }],
    ['not_a_recipient', { recipient: { measurementHash: filled(9) } }],
    ['not_a_recipient', { recipient: { evidenceHash: filled(9) } }],
    ['cap_exceeded', { cumulativeCapPicoUsd: 209_999_999n }],
  ];
  test.each(cases)(
    '%s: nothing runs, nothing is billed, no slot or cap is kept (%#)',
    async (code, overrides) => {
      const home = await bench();
      const { end, io } = await send(home, await buildJob(home, overrides));
      expect(end).toMatchObject({ kind: 'refused', body: { code } });
      expect(home.engine.requests).toEqual([]);
      expect(io.written).toEqual([]);
      expect(io.receipts).toEqual([]);
      expect(home.engine.freeSlots).toBe(1);
    },
  );

  test('recipients that the header does not commit to are refused, without a promise about the header', async () => {
    const home = await bench();
    const job = await buildJob(home);
    const prefix = Buffer.from(job.sealed.prefixBytes);
    const at = prefix.indexOf(Buffer.from('f0'.repeat(32), 'hex'));
    prefix.fill(0xf1, at, at + 32);
    const { end } = await send(home, job, new RecordingIo([prefix, ...job.sealed.frames]));
    expect(end).toMatchObject({ kind: 'refused', body: { code: 'recipients_root_mismatch' } });
    expect(end.body).not.toHaveProperty('notRun');
  });

  test.each([5, 40, -1])(
    'a flipped bit in the sealed part (byte %d) is refused without saying what is wrong',
    async (at) => {
      const home = await bench();
      const job = await buildJob(home);
      const frame = Buffer.concat(job.sealed.frames);
      const offset = at < 0 ? frame.length + at : at;
      frame.writeUInt8(frame.readUInt8(offset) ^ 1, offset);
      const { end } = await send(home, job, new RecordingIo([job.sealed.prefixBytes, frame]));
      const body = { code: 'undecryptable', message: 'the request could not be opened' };
      expect(end).toMatchObject({
        kind: 'refused',
        body: { ...body, notRun: { notRun: { jobHeaderHash: job.jobHeaderHash } } },
      });
      expect(home.engine.freeSlots).toBe(1);
    },
  );

  test('an authentic refused job is promised never to run, and the promise is kept', async () => {
    const home = await bench();
    const job = await buildJob(home, { cumulativeCapPicoUsd: 1n });
    const { end } = await send(home, job);
    if (end.kind !== 'refused' || !end.body.notRun) throw new Error('expected a refusal with NotRun');
    const { notRun, signature } = end.body.notRun;
    expect(notRun).toEqual({ jobHeaderHash: job.jobHeaderHash, enclaveKey: home.environment.enclaveKey });
    expect(isSignedBy(hashNotRun(domain, notRun), signature, home.environment.enclaveKey)).toBe(true);
    home.environment.book.account(job.header.orderHash).noteCap({
      cumulativeCapPicoUsd: 10n ** 15n,
      jobHeaderHash: filled(1),
      sessionSignature: filled(0, 65),
    });
    expect((await send(home, job)).end).toMatchObject({ kind: 'refused', body: { code: 'withdrawn' } });
  });

  test('a header that nobody authenticated gets no promise', async () => {
    const home = await bench();
    const { end } = await send(home, await buildJob(home, { signer: new Uint8Array(32).fill(7) }));
    expect(end.body).not.toHaveProperty('notRun');
  });

  test('a job that ran is refused as replayed, with the newest receipt and never with NotRun, also after its expiry', async () => {
    const home = await bench();
    const job = await buildJob(home);
    const { io } = await send(home, job);
    home.time.ms += 700_000;
    const { end } = await send(home, job);
    expect(end).toMatchObject({
      kind: 'refused',
      body: { code: 'replayed', newestReceipt: { signature: io.receipts.at(-1)?.issued.signature } },
    });
    expect(end.body).not.toHaveProperty('notRun');
  });

  test('after its key is wiped a job is refused without any promise', async () => {
    const home = await bench();
    const job = await buildJob(home);
    await send(home, job);
    home.time.ms += 3_600_000;
    home.environment.guard.forgetAllBut(home.keyring.keyIds());
    const { end } = await send(home, job);
    expect(end.kind).toBe('refused');
    expect(end.body).not.toHaveProperty('notRun');
  });

  test('a refusal for cap carries the newest receipt of the order', async () => {
    const home = await bench();
    const { io } = await send(home, await buildJob(home, { cumulativeCapPicoUsd: 210_000_000n }));
    const { end } = await send(home, await buildJob(home, { cumulativeCapPicoUsd: 210_000_000n }));
    expect(end).toMatchObject({
      kind: 'refused',
      body: { code: 'cap_exceeded', newestReceipt: { receipt: io.receipts.at(-1)?.issued.receipt } },
    });
  });

  test('a job cancelled before its request is complete never ran', async () => {
    const home = await bench();
    const job = await buildJob(home);
    const io = new RecordingIo(bytesOf(job).slice(0, 1));
    io.abort.abort();
    const { end } = await send(home, job, io);
    expect(end).toMatchObject({
      kind: 'refused',
      body: { code: 'withdrawn', notRun: { notRun: { jobHeaderHash: job.jobHeaderHash } } },
    });
    expect(home.engine.freeSlots).toBe(1);
    expect(home.environment.book.account(job.header.orderHash).isOpen(job.jobHeaderHash)).toBe(false);
  });
});

describe('money', () => {
  test('output stops where the cap ends', async () => {
    const home = await bench({ tokens: Array.from({ length: 50 }, () => 'x') });
    const job = await buildJob(home, { header: { capPicoUsd: 10_000_000n + 7n * 2_000_000n + 1_999_999n } });
    const { io } = await send(home, job);
    expect(io.receipts.at(-1)?.issued.receipt.execution).toMatchObject({
      outputTokens: 7,
      outcome: outcomes.length,
      amountPicoUsd: 24_000_000n,
    });
  });

  test('a cap below the prompt and one token is an error that costs nothing', async () => {
    const home = await bench();
    const job = await buildJob(home, { header: { capPicoUsd: 11_999_999n } });
    const { io } = await send(home, job);
    const { head, text } = openAnswer(job, io);
    expect(head.status).toBe(402);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'insufficient_funds' } });
    expect(io.receipts[0]?.issued.receipt.execution).toMatchObject({
      amountPicoUsd: 0n,
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  test('an engine that says more than it may is stopped, and the surplus is not billed', async () => {
    const home = await bench();
    const create = home.engine.createSequence.bind(home.engine);
    home.engine.createSequence = () => {
      const sequence = create();
      return (
        sequence && {
          ...sequence,
          prepare: (request, tenant) => ({
            ...sequence.prepare(request, tenant),
            run: (_max, signal) => sequence.prepare(request, tenant).run(1000, signal),
          }),
        }
      );
    };
    const job = await buildJob(home, { header: { maxOutputTokens: 2 } });
    const { io } = await send(home, job);
    const { execution } = io.receipts.at(-1)?.issued.receipt ?? {};
    expect(execution).toMatchObject({ outcome: outcomes.providerError });
    expect(execution?.outputTokens).toBeLessThanOrEqual(2);
  });

  test('two overlapping jobs that finish in reverse order are both fully paid', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let started = 0;
    const home = await bench({
      slots: 2,
      tokens: ['a'],
      beforeToken: () => gates[started++]?.promise,
    });
    const [first, second] = [await buildJob(home), await buildJob(home)];
    const runs = [send(home, first), send(home, second)];
    gates[1]?.resolve();
    const late = (await runs[1])?.io.receipts.at(-1)?.issued.receipt;
    gates[0]?.resolve();
    const last = (await runs[0])?.io.receipts.at(-1)?.issued.receipt;
    expect(late?.settlement).toMatchObject({ sequence: 2n, cumulativePicoUsd: 12_000_000n });
    expect(last?.settlement).toMatchObject({ sequence: 4n, cumulativePicoUsd: 24_000_000n });
  });

  test('open jobs hold their caps: the one too many is refused while they run, and fits afterwards', async () => {
    const gate = Promise.withResolvers<void>();
    const home = await bench({ slots: 2, beforeToken: () => gate.promise });
    const running = send(home, await buildJob(home, { cumulativeCapPicoUsd: 300_000_000n }));
    const refused = await send(home, await buildJob(home, { cumulativeCapPicoUsd: 300_000_000n }));
    expect(refused.end).toMatchObject({ kind: 'refused', body: { code: 'cap_exceeded' } });
    gate.resolve();
    await running;
    expect((await send(home, await buildJob(home, { cumulativeCapPicoUsd: 300_000_000n }))).end.kind).toBe(
      'done',
    );
  });

  test('all slots taken is a refusal, and the same header sent twice at once runs once', async () => {
    const gate = Promise.withResolvers<void>();
    const home = await bench({ slots: 1, beforeToken: () => gate.promise });
    const job = await buildJob(home);
    const running = send(home, job);
    const [twice, other] = [await send(home, job), await send(home, await buildJob(home))];
    expect(twice.end).toMatchObject({ kind: 'refused', body: { code: 'still_running' } });
    expect(twice.end.body).not.toHaveProperty('notRun');
    expect(other.end).toMatchObject({ kind: 'refused', body: { code: 'no_free_slot' } });
    gate.resolve();
    expect((await running).end.kind).toBe('done');
  });
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

describe('another enclave goes on', () => {
  const story = ['Es ', 'war ', 'ein', 'mal', '.'];
  const streamed = { messages: [{ role: 'user', content: 'hi' }], stream: true, max_tokens: 5 };
  const second = (continuation: object, body: object = streamed, header: object = {}) => ({
    header: { attempt: 1, previousJobId: filled(7), ...header },
    body: { ...body, hearth_continuation: { receipts: [], ...continuation } },
  });
  /** A job of another enclave that broke off after `emitted` tokens: its newest receipt, and where the next one goes on. */
  async function broken(emitted: number) {
    const first = await bench({
      tokens: story,
      beforeToken: (index) => {
        if (index === emitted) throw new Error('broken');
      },
    });
    const { io } = await send(first, await buildJob(first, { body: streamed }));
    const issued = io.receipts.at(-1)?.issued;
    if (!issued) throw new Error('expected a receipt');
    const { receipt, signature } = issued;
    const shown = z.encode(signedReceipt, { receipt, signature } as SignedReceipt);
    const previousJobId = receipt.execution.jobId;
    return { shown, header: { previousJobId }, enclaveKey: receipt.settlement.enclaveKey };
  }
  const idsOf = (events: ReturnType<typeof openAnswer>['events']) =>
    events.flatMap((event) => (event.type === 'data' ? event.tokenIds : []));
  const chunksOf = (sse: string) =>
    sse
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice(6)));

  test('each frame of text has its token ids, streamed or not', async () => {
    for (const stream of [true, false]) {
      const home = await bench({ tokens: story });
      const job = await buildJob(home, { body: { ...streamed, stream } });
      const { events } = openAnswer(job, (await send(home, job)).io);
      expect(idsOf(events)).toEqual([0, 1, 2, 3, 4]);
    }
  });

  test.each([0, 1, 4, 5])(
    'after %i tokens: the rest of the text, billed for the rest alone',
    async (emitted) => {
      const home = await bench({ tokens: story });
      const tokens = story.slice(0, emitted).map((_, id) => id);
      const started = { id: 'chatcmpl-first', created: 77 };
      const body = { ...streamed, stream_options: { include_usage: true } };
      const before = await broken(emitted);
      const receipts = emitted === 0 ? [] : [before.shown];
      const job = await buildJob(
        home,
        second({ tokens, started, receipts }, body, {
          ...before.header,
          maxOutputTokens: 5 - emitted,
          capPicoUsd: emitted === 0 ? 20_000_000n : 2_000_000n * BigInt(5 - emitted),
        }),
      );
      const { io } = await send(home, job);
      const { text } = openAnswer(job, io);
      expect(answerText(text)).toBe(story.slice(emitted).join(''));
      const chunks = chunksOf(text);
      if (emitted > 0)
        expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`))).toEqual(
          new Set(['chatcmpl-first 77']),
        );
      expect(chunks.filter(({ choices }) => choices[0]?.delta.role)).toHaveLength(emitted === 0 ? 1 : 0);
      expect(chunks.at(-1).usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 });
      expect(io.receipts.at(-1)?.issued.receipt.execution).toMatchObject({
        attempt: 1,
        ...before.header,
        inputTokens: emitted === 0 ? 10 : 0,
        outputTokens: 5 - emitted,
        amountPicoUsd: BigInt(emitted === 0 ? 10 : 0) * 1_000_000n + BigInt(5 - emitted) * 2_000_000n,
      });
    },
  );

  test('an answer in one piece is told whole', async () => {
    const home = await bench({ tokens: story });
    const { shown, header } = await broken(2);
    const goOn = { tokens: [0, 1], receipts: [shown] };
    const job = await buildJob(home, second(goOn, { ...streamed, stream: false }, header));
    const { io } = await send(home, job);
    const { text } = openAnswer(job, io);
    const { choices, usage } = JSON.parse(text);
    expect(choices[0].message.content).toBe('Es war einmal.');
    expect(usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 });
    const { outputTokens, outputCommit } = io.receipts.at(-1)?.issued.receipt.execution ?? {};
    expect(outputTokens).toBe(3);
    expect(outputCommit).toBe(
      commit('output', committedItems({}, [{ content: 'Es war einmal.' }]).output, job.cek),
    );
  });

  test.each([
    ['a first attempt', { tokens: [0] }, { attempt: 0, previousJobId: filled(0) }],
    ['tokens that are no tokens', { tokens: [-1] }, {}],
    ['a shape of its own', { tokens: [0], more: 1 }, {}],
  ])('refused by name, at no cost: %s', async (_what, continuation, header) => {
    const home = await bench({ tokens: story });
    const job = await buildJob(home, second(continuation, streamed, header));
    const { io } = await send(home, job);
    const { head, text } = openAnswer(job, io);
    expect(head.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'unsupported_parameter', param: 'hearth_continuation' },
    });
    expect(io.receipts[0]?.issued.receipt.execution.amountPicoUsd).toBe(0n);
  });

  describe('a buyer that lies about what was delivered', () => {
    const goOn = async (
      continuation: object,
      header: object = {},
      home?: Awaited<ReturnType<typeof bench>>,
    ) => {
      const at = home ?? (await bench({ tokens: story }));
      const job = await buildJob(at, second(continuation, streamed, { maxOutputTokens: 4, ...header }));
      const { io } = await send(at, job);
      const { head, text } = openAnswer(job, io);
      return { head, text, io, execution: io.receipts.at(-1)?.issued.receipt.execution };
    };
    const refused = async (continuation: object, header: object, why: RegExp) => {
      const { head, text, execution } = await goOn(continuation, header);
      expect([head.status, execution?.amountPicoUsd]).toEqual([400, 0n]);
      expect(JSON.parse(text).error.message).toMatch(why);
    };

    test('without a receipt the prompt is billed here', async () => {
      const { execution } = await goOn({ tokens: [0] });
      expect(execution).toMatchObject({ inputTokens: 10, outputTokens: 4 });
    });

    test('more tokens than receipts show, and may lie between two of them, are refused', async () => {
      const { shown, header } = await broken(2);
      const tokens = Array.from({ length: 515 }, () => 0);
      await refused({ tokens, receipts: [shown] }, header, /515 tokens were delivered, receipts show 1/);
    });

    test('a receipt of another prompt, job or attempt, an old or a forged one shows nothing', async () => {
      const { shown, header } = await broken(2);
      const bent = structuredClone(shown) as { receipt: { execution: { outputTokens: number } } };
      bent.receipt.execution.outputTokens += 1;
      await refused({ tokens: [0], receipts: [bent] }, header, /not sound/);
      await refused({ tokens: [0], receipts: [shown] }, {}, /of another job/);
      await refused(
        { tokens: [0], receipts: [shown, shown] },
        { ...header, attempt: 2 },
        /no earlier attempt/,
      );
      const longer = await bench({ tokens: story, promptTokens: 11 });
      const { text } = await goOn({ tokens: [0], receipts: [shown] }, header, longer);
      expect(JSON.parse(text).error.message).toMatch(/for another prompt/);
      const later = await bench({ tokens: story });
      later.time.ms += 31 * 60_000;
      const inTime = { ...header, expiresAtUnixSec: BigInt(NOW_SEC + 2_400) };
      const late = await goOn({ tokens: [0], receipts: [shown] }, inTime, later);
      expect(JSON.parse(late.text).error.message).toMatch(/too old/);
    });

    test('a prompt that was paid once is gone on with once', async () => {
      const home = await bench({ tokens: story });
      const { shown, header, enclaveKey } = await broken(1);
      const continuation = { tokens: [0], receipts: [shown] };
      const { execution, io } = await goOn(continuation, header, home);
      expect(execution).toMatchObject({ inputTokens: 0, outputTokens: 4 });
      expect(io.continued).toEqual([enclaveKey]); // for the host to look up
      const again = await goOn(continuation, header, home);
      expect(JSON.parse(again.text).error.message).toMatch(/gone on from that job before/);
    });
  });

  test('an answer that breaks off before its first token costs nothing, the prompt included', async () => {
    const home = await bench({
      beforeToken: () => {
        throw new Error('broken');
      },
    });
    const { io } = await send(home, await buildJob(home));
    expect(io.receipts.map(({ issued }) => issued.receipt.execution)).toMatchObject([
      { outcome: outcomes.providerError, amountPicoUsd: 0n, inputTokens: 0, outputTokens: 0 },
    ]);
  });

  test('under strict padding nothing is billed before it is delivered', async () => {
    const home = await bench({
      tokens: Array.from({ length: 600 }, () => 'x'),
      beforeToken: (index) => {
        if (index === 500) throw new Error('broken');
      },
    });
    const header = { padClass: 2, maxOutputTokens: 600, capPicoUsd: 10n ** 12n };
    const body = { messages: [{ role: 'user', content: 'hi' }] };
    const job = await buildJob(home, { header, body });
    const { io } = await send(home, job);
    expect(io.receipts.map(({ issued }) => issued.receipt.execution.amountPicoUsd)).toEqual([0n]);
    expect(idsOf(openAnswer(job, io).events)).toEqual([]);
  });
});
