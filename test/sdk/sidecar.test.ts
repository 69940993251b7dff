import { request as httpRequest } from 'node:http';
import { type Session, type Sidecar, startSidecar } from '@hearth/sdk';
import { errorCodes, HearthError } from '@hearth/sdk/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { errorAnswer } from '../../sdk/src/openai/error-envelope.ts';
import { MAX_REQUEST_BODY_BYTES } from '../../sdk/src/sealed-job/wire-limits.ts';
import { Inbox } from '../backend/inbox.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest } from './scripted-enclave.ts';

let world: BuyerWorld;
let session: Session;
let sidecar: Sidecar;
beforeEach(async () => {
  world = await openBuyerWorld();
  session = world.session();
  sidecar = await startSidecar({ session, port: 0 });
});
afterEach(async () => {
  await sidecar.stop();
  await world.stop();
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${sidecar.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
/** What a client reads until the stream ends or breaks. */
async function readAll(response: Response): Promise<{ text: string; isBroken: boolean }> {
  let text = '';
  try {
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
    return { text, isBroken: false };
  } catch {
    return { text, isBroken: true };
  }
}

test('it lists the models on offer', async () => {
  const models = (await (await fetch(`${sidecar.url}/v1/models`)).json()) as { data: { id: string }[] };
  expect(models.data.map(({ id }) => id)).toEqual(['ember-2m-q8_0']);
});

test('an answer in one piece carries the ids of its job, receipt and enclave', async () => {
  const response = await post(ask());
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    choices: [{ message: { content: 'Hello from the enclave.' } }],
  });
  expect(response.headers.get('x-enclave-id')).toBe(world.enclave.home.enclave.address);
  expect(response.headers.get('x-receipt-id')).toMatch(/^0x[0-9a-f]{64}$/);
});

test('a streamed answer is events that end in [DONE]', async () => {
  const response = await post({ ...ask(), stream: true });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const { text, isBroken } = await readAll(response);
  const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
  expect(events).toHaveLength(5);
  expect(events.at(-1)).toBe('data: [DONE]');
  expect(isBroken).toBe(false);
});

test('a streamed answer names its receipt in a comment, and its job id finds what it cost', async () => {
  const response = await post({ ...ask(), stream: true });
  const { text } = await readAll(response);
  const [, receiptId] = /\n\n: x-receipt-id (0x[0-9a-f]{64})\n\ndata: \[DONE\]\n\n$/.exec(text) ?? [];
  const found = await fetch(`${sidecar.url}/v1/receipts/${response.headers.get('x-job-id')}`);
  const { amountPicoUsd, outputTokens } = world.enclave.newest?.receipt.execution ?? {};
  expect(await found.json()).toMatchObject({
    object: 'hearth.receipt',
    receipt_id: receiptId,
    job_id: response.headers.get('x-job-id'),
    output_tokens: outputTokens,
    amount_pico_usd: String(amountPicoUsd),
    other_attempts: [],
  });
  expect((await fetch(`${sidecar.url}/v1/receipts/0x00`)).status).toBe(404);
});

test.each([true, false])(
  'a call that comes again under its key is answered as before and paid once (stream: %s)',
  async (stream) => {
    const again = { 'idempotency-key': 'k' };
    const first = await readAll(await post({ ...ask(), stream }, again));
    const earned = world.enclave.totalPicoUsd;
    const second = await post({ ...ask(), stream }, again);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await readAll(second)).toEqual(first);
    expect([world.gateway.count('/v1/jobs'), world.enclave.totalPicoUsd]).toEqual([1, earned]);
    const other = await post({ ...ask('Something else?'), stream }, again);
    expect([other.status, await other.json()]).toMatchObject([
      400,
      { error: { code: 'idempotency_key_reused' } },
    ]);
    expect((await post({ ...ask(), stream }, { 'idempotency-key': 'k2' })).status).toBe(200);
    expect(world.gateway.count('/v1/jobs')).toBe(2);
  },
);

test('a client that leaves a call under a key, and asks again, gets the answer of the job that went on', async () => {
  const { deliver } = world.gateway;
  const release = Promise.withResolvers<void>();
  world.gateway.deliver = async (response, frames) => {
    response.write(Buffer.concat(frames.slice(0, 3)));
    await release.promise;
    return deliver(response, frames.slice(3));
  };
  const abort = new AbortController();
  const call = (signal?: AbortSignal) =>
    fetch(`${sidecar.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k' },
      body: JSON.stringify({ ...ask(), stream: true }),
      ...(signal && { signal }),
    });
  await (await call(abort.signal)).body?.getReader().read();
  abort.abort();
  const second = readAll(await call());
  release.resolve();
  expect(await second).toMatchObject({
    text: expect.stringMatching(/Hello .*data: \[DONE\]/s),
    isBroken: false,
  });
  expect(world.gateway.count('/v1/jobs')).toBe(1);
});

test('a call under a key that broke off after it had begun is refused for good when it comes again', async () => {
  world.gateway.deliver = (response, frames) => {
    response.end(Buffer.concat(frames.slice(0, -1)));
  };
  const refused = async () => {
    const { status, headers } = await post(ask(), { 'idempotency-key': 'k' });
    expect([status, headers.get('x-should-retry')]).toEqual([502, 'false']);
    return world.gateway.count('/v1/jobs');
  };
  const jobs = await refused();
  expect(await refused()).toBe(jobs);
});

test('without its final frame a stream never says [DONE]: an error event, then a broken connection', async () => {
  world.gateway.deliver = (response, frames) => {
    for (const frame of frames.slice(0, -1)) response.write(frame);
    response.end();
  };
  const { text, isBroken } = await readAll(await post({ ...ask(), stream: true }));
  expect(text).toContain('Hello ');
  expect(text).toContain('"code":"stream_truncated"');
  expect(text).not.toContain('[DONE]');
  expect(isBroken).toBe(true);
});

test('an answer in one piece that is cut is an error status', async () => {
  world.gateway.deliver = (response, frames) => {
    response.end(Buffer.concat(frames.slice(0, -1)));
  };
  const response = await post(ask());
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { code: 'stream_truncated', type: 'server_error' } });
  expect(response.headers.get('x-should-retry')).toBe('true');
});

test.each(Object.entries(errorCodes))('the envelope of %s tells a client what to do', (code, facts) => {
  const error = new HearthError(code as keyof typeof errorCodes, 'sentence', { details: { param: 'model' } });
  const { status, headers, body } = errorAnswer(error);
  const mayRetry = facts.reaction === 'retry-later';
  expect(status).toBe(facts.httpStatus === 409 && mayRetry ? 503 : facts.httpStatus);
  expect(headers['x-should-retry']).toBe(String(mayRetry));
  expect(JSON.parse(String(Buffer.from(body as Uint8Array)))).toMatchObject({
    error: {
      message: 'sentence',
      code: code === 'rate_limited' ? 'rate_limit_exceeded' : code,
      param: 'model',
    },
  });
});

test('what is not ours to show is an internal error without particulars', () => {
  const { status, body } = errorAnswer(new Error('secret prompt'));
  expect(status).toBe(500);
  expect(String(Buffer.from(body as Uint8Array))).not.toContain('secret');
});

test.each([
  ['no JSON', '{', 'request body'],
  ['no messages', { model: 'm', messages: [] }, 'messages'],
  ['no model', { messages: [{ role: 'user', content: 'x' }] }, 'model'],
  ['a negative bound', { ...ask(), max_tokens: -1 }, 'max_tokens'],
  ['a bound that no header can carry', { ...ask(), max_tokens: 2 ** 40 }, 'max_tokens'],
])('a request with %s is refused by name before anything is asked of the market', async (_n, body, name) => {
  const response = await post(body);
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: { message: string; type: string } };
  expect(error.message).toContain(name);
  expect(error.type).toBe('invalid_request_error');
  expect(world.gateway.count('/v1/leases')).toBe(0);
});

test('nulls that clients send for what they leave open are no error', async () => {
  const response = await post({ ...ask(), max_tokens: null, max_completion_tokens: null, stream: null });
  expect(response.status).toBe(200);
});

test('an unknown model is 404', async () => {
  const response = await post({ ...ask(), model: 'gpt-9' });
  expect([response.status, await response.json()]).toMatchObject([
    404,
    { error: { code: 'model_not_found' } },
  ]);
});

test.each([
  ['announced', true],
  ['in chunks', false],
])('a body beyond the limit is refused readably, %s', async (_name, isAnnounced) => {
  const answered = new Inbox<number>();
  const headers = isAnnounced ? { 'content-length': String(MAX_REQUEST_BODY_BYTES + 1) } : {};
  const request = httpRequest(
    `${sidecar.url}/v1/chat/completions`,
    { method: 'POST', headers },
    (response) => {
      response.resume();
      answered.put(response.statusCode ?? 0);
    },
  );
  request.on('error', () => {}); // the connection is closed on what is left of the body
  request.end(Buffer.alloc(MAX_REQUEST_BODY_BYTES + 1, 0x20));
  expect(await answered.take()).toBe(413);
});

const status = (path: string, headers: Record<string, string>, method = 'GET') =>
  new Promise<number>((resolve, reject) => {
    const request = httpRequest(`${sidecar.url}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });

test.each([
  ['another name for this address', { host: 'evil.example' }, 400],
  ['a page of another origin', { origin: 'https://evil.example' }, 400],
  ['a page without an origin', { origin: 'null' }, 400],
  ['localhost', { host: 'localhost:1' }, 200],
  ['the IPv6 loopback', { host: '[::1]:1' }, 200],
])('a request from %s', async (_name, headers, expected) => {
  expect(await status('/health', headers)).toBe(expected);
});

test.each(['/', '//', '/v1/completions', '/v1/chat/completions', '/v1/models/', '/v1/models/%'])(
  'GET %s is not found',
  async (path) => {
    expect(await status(path, {})).toBe(404);
  },
);

test('a client that leaves cancels its job at the gateway', async () => {
  world.gateway.deliver = (response, frames) => {
    response.write(Buffer.concat(frames.slice(0, 3))); // and no more, for as long as somebody listens
  };
  const abort = new AbortController();
  const response = await fetch(`${sidecar.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...ask(), stream: true }),
    signal: abort.signal,
  });
  await response.body?.getReader().read();
  abort.abort();
  expect(await world.gateway.gone.take()).toBe('/v1/jobs');
});

test('a reader that stands still holds the gateway back', async () => {
  const big = 'x'.repeat(32_000);
  let sentBytes = 0;
  const stuck = new Inbox<number>();
  world.gateway.script = { ...honest, pieces: Array.from({ length: 800 }, () => big) };
  world.gateway.deliver = async (response, frames) => {
    for (const frame of frames) {
      sentBytes += frame.length;
      if (!response.write(frame)) {
        const drained = new Promise((resolve) => response.once('drain', resolve));
        const still = new Promise((resolve) => setTimeout(resolve, 1_000, 'still'));
        if ((await Promise.race([drained, still])) === 'still') {
          stuck.put(sentBytes);
          await drained;
        }
      }
    }
    response.end();
  };
  const response = await post({ ...ask(), max_tokens: 2000, stream: true });
  const whole = 800 * 32_000;
  expect(await stuck.take()).toBeLessThan(whole);
  const { text, isBroken } = await readAll(response);
  expect([text.length > whole, text.endsWith('data: [DONE]\n\n'), isBroken]).toEqual([true, true, false]);
}, 60_000);

test('stopping ends running answers, frees the port and leaves nothing running', async () => {
  world.gateway.deliver = (response, frames) => {
    response.write(Buffer.concat(frames.slice(0, 3)));
  };
  const response = await post({ ...ask(), stream: true });
  const reading = readAll(response);
  await sidecar.stop();
  expect((await reading).text).not.toContain('[DONE]');
  expect(session.running.size).toBe(0);
  await expect(fetch(`${sidecar.url}/health`)).rejects.toThrow();
  sidecar = await startSidecar({ session, port: Number(new URL(sidecar.url).port) });
});
