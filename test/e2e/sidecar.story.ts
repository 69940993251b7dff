import { request as httpRequest, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import { hashReceipt, microUsdFloor } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, paymentsIn } from '@hearth/contracts';
import { closeSession, type Session, type Sidecar, startSidecar } from '@hearth/sdk';
import { orderState, outcomes, routes } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI, { APIError, toFile } from 'openai';
import { writeBuyerFiles } from '../demo/buyer-files.ts';
import { clientsOf } from '../market/accounts.ts';
import type { Home } from '../market/home.ts';
import { examples, runExample } from './examples.ts';
import { MARKET_TIMEOUT_MS, openSession, type Story } from './open-market.ts';
import { untilSettled } from './settled.ts';
import { until } from './until.ts';

/** An unchanged OpenAI client, on the homes of a market whose answers last. */
export function sidecarStory(market: () => Story): void {
  const MODEL = 'random-70m-q8_0';
  let session: Session;
  let sidecar: Sidecar;
  let openai: OpenAI;

  beforeAll(async () => {
    writeBuyerFiles(market().dir, market());
    session = await openSession(market().buyer(), 20_000_000n);
    await open();
  }, MARKET_TIMEOUT_MS);

  const open = async () => {
    sidecar = await startSidecar({ session, port: 0 });
    // Without its own second tries: what the sidecar answers is what the story sees.
    openai = new OpenAI({ baseURL: `${sidecar.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  };

  afterAll(async () => {
    await sidecar?.stop();
    if (session) closeSession(session);
  }, MARKET_TIMEOUT_MS);

  const question = (prompt: string, maxTokens: number) => ({
    model: MODEL,
    messages: [
      { role: 'system' as const, content: '' }, // instead of the engine's own, which is longer than any question here
      { role: 'user' as const, content: prompt },
    ],
    max_tokens: maxTokens,
    temperature: 0,
    seed: 7,
  });
  /** All that the chain ever moved on the session's order, µUSD. */
  const movedByChain = async () => {
    const events = await clientsOf(market().chain, 'stranger').publicClient.getContractEvents({
      address: market().contracts.settlement,
      abi: hearthSettlementAbi,
      eventName: 'Settled',
      args: { orderHash: session.file.record.orderHash },
      fromBlock: BigInt(market().contracts.deploymentBlock),
      strict: true,
    });
    const payments = paymentsIn(events);
    return payments.reduce((sum, { creditMicroUsd, feeMicroUsd }) => sum + creditMicroUsd + feeMicroUsd, 0n);
  };
  const newestReceipts = () =>
    Object.values(session.file.record.pairs).flatMap(({ newest }) => newest?.receipt ?? []);
  /** What the client throws; a request that succeeds fails the test. */
  const refusal = async (answer: PromiseLike<unknown>): Promise<APIError> => {
    const error = await answer.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(APIError);
    return error as APIError;
  };

  test('the models on offer are listed as OpenAI lists them', async () => {
    const { data } = await openai.models.list();
    expect(data).toEqual([
      expect.objectContaining({
        id: MODEL,
        object: 'model',
        owned_by: 'hearth',
        x_market: expect.objectContaining({ nodes: { chat: 3, completion: 3, embedding: 3, rerank: 3 } }),
      }),
    ]);
  });

  test.each(examples)(
    'examples/%s.ts works as it stands',
    async (name, says) => {
      await session.client.chain.deposit(1_000_000n); // for an order of its own
      expect(await runExample(name, join(market().dir, 'client.json'), sidecar.url)).toMatch(says);
    },
    60_000,
  );

  test('streamed and whole, the answer is the same text, and a receipt stands behind it', async () => {
    const asked = question('How long is a piece of string?', 24);
    const { data: whole, response } = await openai.chat.completions.create(asked).withResponse();
    const hashes = newestReceipts().map((receipt) => hashReceipt(session.client.domain, receipt));
    expect(hashes).toContain(response.headers.get('x-receipt-id'));
    let streamed = '';
    let ending: unknown;
    let usage: OpenAI.CompletionUsage | null | undefined;
    const stream = await openai.chat.completions.create({
      ...asked,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      streamed += chunk.choices[0]?.delta.content ?? '';
      ending ??= chunk.choices[0]?.finish_reason ?? undefined;
      usage = chunk.usage ?? usage;
    }
    expect(whole.choices[0]).toMatchObject({
      message: { role: 'assistant', content: streamed },
      finish_reason: 'length',
    });
    expect(streamed.length).toBeGreaterThan(24);
    expect(ending).toBe('length');
    const { prompt_tokens: prompt = 0 } = whole.usage ?? {};
    expect(usage).toMatchObject({ prompt_tokens: prompt, completion_tokens: 24, total_tokens: prompt + 24 });
    expect(usage?.prompt_tokens_details?.cached_tokens).toBeLessThan(prompt); // the second time most of it is known
  });

  test('without a system message the prompt is longer by the engine’s own, and max_tokens still holds', async () => {
    const asked = question('How long is a piece of string?', 8);
    const own = await openai.chat.completions.create(asked);
    const engines = await openai.chat.completions.create({ ...asked, messages: asked.messages.slice(1) });
    expect(engines.usage?.prompt_tokens).toBeGreaterThan((own.usage?.prompt_tokens ?? 0) + 64);
    expect(engines.usage?.completion_tokens).toBe(8);
    expect(engines.choices[0]?.message.content).not.toBe(own.choices[0]?.message.content);
  });

  test.each([false, true])(
    'what the enclave does not support is refused by name (stream: %s)',
    async (stream) => {
      const earned = newestReceipts().map((receipt) => receipt.settlement.cumulativePicoUsd);
      const asked = { ...question('Hello', 8), web_search_options: {}, stream };
      expect(await refusal(openai.chat.completions.create(asked))).toMatchObject({
        status: 400,
        type: 'invalid_request_error',
        code: 'unsupported_parameter',
        param: 'web_search_options',
        message: expect.stringContaining("'web_search_options'"),
      });
      expect(newestReceipts().map((receipt) => receipt.settlement.cumulativePicoUsd)).toEqual(earned);
    },
  );

  test('a body that is no chat request is refused by the name of its fault', async () => {
    const asked = { ...question('Hello', 8), messages: [] };
    expect(await refusal(openai.chat.completions.create(asked))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: 'messages',
    });
  });

  test('an unknown model is not found, and the known ones are named', async () => {
    expect(
      await refusal(openai.chat.completions.create({ ...question('Hello', 8), model: 'gpt-9' })),
    ).toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: expect.stringContaining(MODEL),
    });
  });

  test.each([
    ['that only the enclave can count', 'q7 '.repeat(1000)],
    ['beyond any home on offer', 'What is a very long prompt? '.repeat(1000)],
  ])('a prompt %s has the code of a context overflow', async (_, prompt) => {
    expect(await refusal(openai.chat.completions.create(question(prompt, 8)))).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
      param: 'messages',
    });
  });

  /** `fetch` does not let one choose these headers. */
  function exchange(options: RequestOptions, body: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', ...options }, (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          received += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: received }));
      });
      request.on('error', reject).end(options.method === 'POST' ? body : undefined);
    });
  }

  test.each([
    ['a web page of another origin', { origin: 'https://evil.example' }],
    ['a name that somebody else resolves to this machine', { host: 'evil.example' }],
  ])('%s gets nothing', async (_, headers) => {
    const { port } = new URL(sidecar.url);
    const before = session.file.record;
    for (const [method, path] of [
      ['POST', '/v1/chat/completions'],
      ['GET', '/v1/models'],
    ] as const) {
      const { status, body } = await exchange(
        { port, method, path, headers },
        JSON.stringify(question('Hello', 8)),
      );
      expect({ status, error: JSON.parse(body).error }).toMatchObject({
        status: 400,
        error: { type: 'invalid_request_error', code: 'invalid_request' },
      });
    }
    expect(session.file.record).toBe(before);
  });

  test(
    'a line of a batch that a stop breaks off goes on afterwards: its prompt and its tokens are billed once',
    async () => {
      const line = {
        custom_id: 'a',
        method: 'POST',
        url: '/v1/chat/completions',
        body: question('Go on.', 260),
      };
      const file = await toFile(Buffer.from(JSON.stringify(line)), 'in.jsonl');
      const { id } = await openai.batches.create({
        input_file_id: (await openai.files.create({ file, purpose: 'batch' })).id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      });
      const interim = await until(
        'an interim receipt',
        async () => newestReceipts().find(({ execution }) => execution.outcome === outcomes.interim),
        (receipt) => receipt !== undefined,
        MARKET_TIMEOUT_MS / 2,
      );
      await sidecar.stop();
      await open();
      const batch = await until(
        'the end of the batch',
        () => openai.batches.retrieve(id),
        ({ output_file_id: output, error_file_id: errors }) => Boolean(output ?? errors),
        MARKET_TIMEOUT_MS / 2,
      );
      const output = JSON.parse(await (await openai.files.content(batch.output_file_id ?? '')).text());
      const { status_code: status, body, receipts } = output.response;
      expect([status, body.usage.completion_tokens]).toEqual([200, 260]);
      const [{ other_attempts: before, ...own }] = receipts;
      // The last word of the enclave that was broken off may come later than the next one has begun.
      const said = expect.stringMatching(/^(interim|cancelled)$/);
      expect(before).toMatchObject([{ job_id: interim?.execution.jobId, outcome: said }]);
      expect([before[0].input_tokens, own.input_tokens]).toEqual([body.usage.prompt_tokens, 0]);
      const unread = before[0].output_tokens + own.output_tokens - 260; // said when the stop was under way
      expect(unread).toBeGreaterThanOrEqual(0);
      expect(unread).toBeLessThan(64);
    },
    MARKET_TIMEOUT_MS,
  );

  test('an enclave killed in mid-stream: the client sees one whole answer, and both homes are paid for what they said of it', async () => {
    const interims = new Set<bigint>();
    let home: Home | undefined;
    let text = '';
    let ending: unknown;
    const stream = await openai.chat.completions.create({
      ...question('Tell me a story.', 400),
      stream: true,
    });
    const reading = async () => {
      for await (const { choices } of stream) {
        text += choices[0]?.delta.content ?? '';
        ending ??= choices[0]?.finish_reason ?? undefined;
        const interim = newestReceipts().find(({ execution }) => execution.outcome === outcomes.interim);
        if (!interim) continue;
        home = market().homes.find(({ provider }) => provider === interim.settlement.provider);
        interims.add(interim.settlement.sequence);
        if (interims.size === 2) home?.enclave.kill('SIGKILL');
      }
    };
    await reading();
    expect(await home?.enclave.exited).toBe('SIGKILL');
    expect(ending).toBe('length');

    let paid = 0n;
    for (const { settlement } of newestReceipts()) {
      const { orderHash, enclaveKey } = settlement;
      await untilSettled(market(), settlement);
      const { receipts } = await session.client.gateway.get(routes.order(orderHash), orderState);
      const last = receipts.find(({ receipt }) => receipt.settlement.enclaveKey === enclaveKey)?.receipt;
      if (settlement.provider === home?.provider) expect(last?.execution.outcome).toBe(outcomes.interim);
      if (last) await untilSettled(market(), last.settlement); // the home may have got one more than the client
      const { paidMicroUsd } = await session.client.chain.pair(orderHash, enclaveKey);
      expect(paidMicroUsd).toBe(microUsdFloor(last?.settlement.cumulativePicoUsd ?? 0n));
      paid += paidMicroUsd;
    }
    expect(await movedByChain()).toBe(paid);

    const lost = newestReceipts().find(({ settlement }) => settlement.provider === home?.provider)?.execution;
    const heir = newestReceipts().find(({ execution }) => execution.previousJobId === lost?.jobId)?.execution;
    expect(lost).toMatchObject({ outcome: outcomes.interim, attempt: 0 });
    expect(heir).toMatchObject({
      outcome: outcomes.length,
      attempt: 1,
      inputTokens: 0,
    });
    expect((lost?.outputTokens ?? 0) + (heir?.outputTokens ?? 0)).toBeLessThanOrEqual(400);

    const undisturbed = await openai.chat.completions.create(question('Tell me a story.', 400));
    expect(text).toBe(undisturbed.choices[0]?.message.content);
    expect(undisturbed.usage?.completion_tokens).toBe(400);
  }, 120_000);
}
