import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDstackProducer, type DstackOptions, dstackDefaults } from '@hearth/attestation/producers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type Answers,
  appCompose,
  dstackAnswers,
  eventLog,
  type ImitatedAgent,
  json,
  quoteOf,
  startDstackAgent,
  tappdAnswers,
} from './dstack-agent.ts';

const reportData = Uint8Array.from({ length: 64 }, (_, index) => index * 3);
const request = { reportData, nonce: new Uint8Array(32), signal: new AbortController().signal };

let dir: string;
let agent: ImitatedAgent | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hearth-dstack-'));
});

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  rmSync(dir, { recursive: true, force: true });
});

async function setUp(
  answers: Answers,
  options: Partial<DstackOptions> = {},
  api: 'dstack' | 'tappd' = 'dstack',
) {
  const path = join(dir, 'agent.sock');
  agent = await startDstackAgent(path, answers);
  return createDstackProducer({ sockets: [{ path, api }], ...options });
}

test.each([
  ['dstack', dstackAnswers, ['/GetQuote', '/Info']],
  ['tappd', tappdAnswers, ['/prpc/Tappd.RawQuote', '/prpc/Tappd.Info']],
] as const)('%s gives quote, event log and app-compose', async (api, answers, urls) => {
  const producer = await setUp(answers, {}, api);
  const evidence = await producer.produce(request);
  expect(evidence.kind === 'tdx' && evidence.quote.subarray(568, 632)).toEqual(reportData);
  expect(evidence).toMatchObject({
    eventLog: new TextEncoder().encode(eventLog),
    appCompose: new TextEncoder().encode(appCompose),
  });
  expect(agent?.calls.map(({ url }) => url)).toEqual(urls);
  expect(agent?.calls[0]).toMatchObject({
    contentType: 'application/json',
    body: { report_data: Buffer.from(reportData).toString('hex') },
  });
});

test.each([
  ['tcb_info as an object', { tcb_info: { app_compose: appCompose } }, appCompose],
  ['tcb_info not published', { tcb_info: '' }, undefined],
  ['an app-compose not published', { tcb_info: '{"mrtd":"00"}' }, undefined],
])('%s is understood', async (_name, info, expected) => {
  const producer = await setUp({ ...dstackAnswers, '/Info': (_body, response) => json(response, 200, info) });
  const evidence = await producer.produce(request);
  const published = expected === undefined ? undefined : new TextEncoder().encode(expected);
  expect(evidence).toMatchObject({ appCompose: published });
});

test('a quote with a 0x prefix, as some agents print it, is the same quote', async () => {
  const prefixed: Answers[string] = (body, response) => {
    const end = response.end.bind(response);
    response.end = ((text: string) => end(text.replace('"quote":"', '"quote":"0x'))) as typeof response.end;
    quoteOf(body, response);
  };
  const producer = await setUp({ ...dstackAnswers, '/GetQuote': prefixed });
  expect(await producer.produce(request)).toMatchObject({ kind: 'tdx' });
});

const answering = (status: number, value: object): Answers[string] => {
  return (_body, response) => json(response, status, value);
};
const quoting = (answer: Answers[string]): Answers => ({ ...dstackAnswers, '/GetQuote': answer });

test.each([
  ['an error of the agent', quoting(answering(500, { error: 'no TDX device' })), 'failed', 'no TDX device'],
  ['a refusal', quoting(answering(400, { error: 'bad hex' })), 'bad-request', 'HTTP 400'],
  ['another agent', { '/': answering(200, {}) }, 'not-supported', 'HTTP 404'],
  ['an answer without a quote', quoting(answering(200, { event_log: '' })), 'bad-answer', 'quote'],
  ['a quote that is no hex', quoting(answering(200, { quote: 'zz', event_log: '' })), 'bad-answer', 'hex'],
  [
    'a quote that is none',
    quoting(answering(200, { quote: '00', event_log: '' })),
    'bad-answer',
    'cannot be read',
  ],
  ['no JSON', quoting((_body, response) => response.end('<html>')), 'bad-answer', 'expected JSON'],
  [
    'a key twice',
    quoting((_body, response) => response.end('{"quote":"","quote":""}')),
    'bad-answer',
    'duplicate',
  ],
  [
    'an endless answer',
    quoting((_body, response) => response.end('x'.repeat(2_200_000))),
    'bad-answer',
    'more than',
  ],
  [
    'a connection that breaks',
    quoting((_body, response) => response.destroy()),
    'failed',
    'closed the connection',
  ],
  [
    'a quote for somebody else',
    quoting((_body, response) => quoteOf({ report_data: '00' }, response)),
    'bad-answer',
    'asked for',
  ],
  [
    'a redirect',
    quoting((_body, response) => response.writeHead(302, { location: '/Info' }).end()),
    'failed',
    '302',
  ],
  [
    'tcb_info that is no JSON',
    { ...dstackAnswers, '/Info': answering(200, { tcb_info: '{' }) },
    'bad-answer',
    'tcb_info',
  ],
] as const)('%s is refused', async (_name, answers, code, words) => {
  const producer = await setUp(answers);
  await expect(producer.produce(request)).rejects.toMatchObject({
    name: 'ProducerError',
    code,
    message: expect.stringContaining(words),
  });
});

test('foreign words are cut and lose their control characters', async () => {
  const producer = await setUp(quoting(answering(500, { error: `\u001b[31m\n${'x'.repeat(5000)}` })));
  const failure = await producer.produce(request).catch((error: Error) => error.message);
  expect(String(failure).length).toBeLessThan(400);
  expect(failure).not.toContain('\u001b');
  expect(failure).not.toContain('\n');
});

test('an agent that never answers is given up on in time', async () => {
  const producer = await setUp(
    quoting(() => {}),
    { timeoutMs: 50 },
  );
  await expect(producer.produce(request)).rejects.toMatchObject({ code: 'timeout', reaction: 'retry-later' });
});

test('what is no longer wanted is dropped in the middle', async () => {
  const controller = new AbortController();
  const producer = await setUp(quoting(() => controller.abort()));
  const asked = producer.produce({ ...request, signal: controller.signal });
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
});

test('report data of another length is refused before anything is asked', async () => {
  const producer = await setUp(dstackAnswers);
  const asked = producer.produce({ ...request, reportData: new Uint8Array(32) });
  await expect(asked).rejects.toMatchObject({ code: 'bad-request' });
  expect(agent?.calls).toEqual([]);
});

test.each([
  ['no socket', () => {}, 'not-available', 'not a dstack guest'],
  ['a file that is no socket', (path: string) => writeFileSync(path, ''), 'not-available', 'socket'],
])('%s is said in words', async (_name, prepare, code, words) => {
  const path = join(dir, 'none.sock');
  prepare(path);
  const producer = createDstackProducer({ sockets: [{ path, api: 'dstack' }] });
  await expect(producer.produce(request)).rejects.toMatchObject({ code });
  const status = await producer.inspect(request.signal);
  expect(status).toEqual({ name: 'dstack', isReady: false, words: expect.stringContaining(words) });
});

test('inspection names the agent without asking for a quote', async () => {
  const producer = await setUp(dstackAnswers);
  const status = await producer.inspect(request.signal);
  expect(status).toMatchObject({ isReady: true, words: expect.stringContaining('dstack agent at') });
  expect(agent?.calls.map(({ url }) => url)).toEqual(['/Info']);
});

test('the sockets of current, intermediate and older releases are known', () => {
  expect(dstackDefaults.sockets.map(({ path }) => path)).toEqual([
    '/var/run/dstack.sock',
    '/var/run/dstack/dstack.sock',
    '/var/run/tappd.sock',
  ]);
});
