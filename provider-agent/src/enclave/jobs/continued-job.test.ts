import { outcomes, type SignedReceipt, signedReceipt } from '@hearth/sdk/protocol';
import { commit, committedItems } from '@hearth/sdk/sealed-job';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  answerText,
  buildJob,
  filled,
  jobBench,
  NOW_SEC,
  openAnswer,
  send,
} from '../../testing/job-bench.ts';
import { type Script, ScriptedEngine } from '../../testing/scripted-engine.ts';

const bench = (script: Partial<Script> = {}) =>
  jobBench(new ScriptedEngine({ tokens: ['Grüße', ' ', '灯', '!'], ...script }));

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
