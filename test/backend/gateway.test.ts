import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { toHex } from '@hearth/attestation';
import {
  type LeaseGrant,
  type LinkFrame,
  leaseIdHeader,
  linkFrameTypes,
  linkLimits,
  parseCredit,
  routes,
  sealedJobContentType,
} from '@hearth/sdk/protocol';
import { encodeFrame, FrameDecoder, frameType } from '@hearth/sdk/sealed-job/clear';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { answerOf, MarketWorld } from './market-world.ts';
import { ScriptedHome } from './scripted-home.ts';

let world: MarketWorld;
let home: ScriptedHome;
let grant: LeaseGrant;
const { open, data, end, cancel, credit, error } = linkFrameTypes;
const isOf = (type: number, stream?: number) => (frame: LinkFrame) =>
  frame.type === type && (stream === undefined || frame.stream === stream);

beforeAll(async () => {
  world = await MarketWorld.start('gateway');
  home = await ScriptedHome.join(world, 'home a wallet', 51);
  await home.ask({ slots: 100 });
  grant = await world.lease(await world.openOrder());
});

beforeEach(async () => {
  if (home.isClosed) await reconnect();
});

afterAll(async () => {
  await world?.stop();
});

async function reconnect() {
  home = new ScriptedHome(world, home.enclave);
  await home.connect();
  home.say({ type: 'enclave', statement: home.statement });
  await home.countSlots(100, 0); // answered after the statement was judged
}

interface Job {
  readonly request: http.ClientRequest;
  readonly response: Promise<http.IncomingMessage>;
  readonly stream: number;
}

/** Opens a job over the real HTTP route and waits until the node sees it. */
async function openJob(headers: Record<string, string> = {}): Promise<Job> {
  const request = http.request(world.url + routes.jobs, {
    method: 'POST',
    agent: new http.Agent(),
    headers: {
      authorization: `Bearer ${await world.apiKey()}`,
      'content-type': sealedJobContentType,
      [leaseIdHeader]: grant.lease.body.leaseId,
      ...headers,
    },
  });
  const response = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  response.catch(() => undefined); // a test that cuts the request does not wait for the answer
  request.flushHeaders();
  const frame = await home.frames.take(isOf(open));
  expect(toHex(frame.payload)).toBe(grant.lease.body.leaseId);
  return { request, response, stream: frame.stream };
}

async function bodyOf(response: http.IncomingMessage): Promise<{ bytes: Buffer; complete: boolean }> {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => response.once('close', resolve).on('error', () => undefined));
  return { bytes: Buffer.concat(chunks), complete: response.complete };
}

const refusedJob = async (headers: Record<string, string>) =>
  answerOf(
    await fetch(world.url + routes.jobs, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await world.apiKey()}`,
        'content-type': sealedJobContentType,
        [leaseIdHeader]: grant.lease.body.leaseId,
        ...headers,
      },
      body: 'x',
    }),
  );
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const prefix = new Uint8Array(64);

test('five megabytes pass unchanged both ways, within the windows', async () => {
  const job = await openJob();
  const sent = randomBytes(5_000_000);
  job.request.end(sent);
  const received: Uint8Array[] = [];
  for (let length = 0; length < sent.length; ) {
    const { payload, stream } = await home.frames.take(isOf(data, job.stream));
    received.push(payload);
    length += payload.length;
    home.grantCredit(stream, payload.length);
  }
  await home.frames.take(isOf(end, job.stream));
  expect(sha256(Buffer.concat(received))).toBe(sha256(sent));

  const answer = randomBytes(5_000_000);
  const delivered = job.response.then(bodyOf);
  let allowed: number = linkLimits.answerWindowBytes;
  for (let at = 0; at < answer.length; ) {
    while (allowed === 0) allowed += parseCredit((await home.frames.take(isOf(credit, job.stream))).payload);
    const size = Math.min(allowed, 60_000, answer.length - at);
    home.send(data, job.stream, answer.subarray(at, at + size));
    allowed -= size;
    at += size;
  }
  home.send(end, job.stream);
  const { bytes, complete } = await delivered;
  expect([sha256(bytes), complete]).toEqual([sha256(answer), true]);
  expect((await job.response).headers['content-type']).toBe(sealedJobContentType);
});
test('a node that grants no credit gets one window and no more', async () => {
  const job = await openJob();
  job.request.write(randomBytes(2_000_000));
  let length = 0;
  while (length < linkLimits.requestWindowBytes)
    length += (await home.frames.take(isOf(data, job.stream))).payload.length;
  expect(length).toBe(linkLimits.requestWindowBytes);
  // The next job's open frame comes after anything that was on its way for this one.
  const next = await openJob();
  expect(
    home.frames.seen.filter(isOf(data, job.stream)).reduce((sum, { payload }) => sum + payload.length, 0),
  ).toBe(length);
  home.grantCredit(job.stream, 1000);
  expect((await home.frames.take(isOf(data, job.stream))).payload.length).toBe(1000);
  for (const { request } of [job, next]) request.destroy();
});

test('a buyer that reads nothing costs the gateway less than 64 KB beyond what the kernel took', async () => {
  const job = await openJob();
  job.request.end();
  home.send(data, job.stream, prefix);
  await job.response; // its body is never read
  const granted = () =>
    home.frames.seen
      .filter(isOf(credit, job.stream))
      .reduce((sum, { payload }) => sum + parseCredit(payload), 0);
  let sent = prefix.length;
  // Whenever the window is used up, one answered counter shows that the gateway has handled all of it: if no credit came
  // for some rounds in a row, the flow has stopped.
  for (let stillRounds = 0; stillRounds < 20; ) {
    const room = linkLimits.answerWindowBytes + granted() - sent;
    if (room > 0) {
      const bytes = randomBytes(Math.min(room, 60_000));
      home.send(data, job.stream, bytes);
      sent += bytes.length;
      stillRounds = 0;
    } else {
      await home.countSlots(100, 0);
      stillRounds += 1;
    }
  }
  expect(sent).toBeLessThan(64 * 1024 * 1024);
  expect(sent - granted()).toBeLessThan(64 * 1024);
  job.request.destroy();
  await home.frames.take(isOf(cancel, job.stream));
});

test('a buyer that leaves cancels the job at the node', async () => {
  const before = await openJob();
  before.request.destroy();
  expect(await home.frames.take(isOf(cancel, before.stream))).toBeDefined();

  const during = await openJob();
  during.request.end();
  home.send(data, during.stream, prefix);
  (await during.response).destroy();
  expect(await home.frames.take(isOf(cancel, during.stream))).toBeDefined();
  home.send(data, during.stream, prefix); // late bytes are dropped, the link lives on
  expect((await home.countSlots(100, 0)).type).toBe('promise');
});

test("the node's own error reaches the buyer with its status, and with what its enclave signed about the job", async () => {
  const job = await openJob();
  job.request.end();
  const notRun = { jobHeaderHash: `0x${'01'.repeat(32)}`, enclaveKey: `0x${'0e'.repeat(20)}` };
  const told = {
    code: 'cap_exceeded',
    message: 'the cap is used up',
    details: { notRun: { notRun, signature: `0x${'05'.repeat(65)}` } },
  };
  home.send(error, job.stream, Buffer.from(JSON.stringify(told)));
  const response = await job.response;
  expect([response.statusCode, JSON.parse((await bodyOf(response)).bytes.toString())]).toEqual([
    422,
    { error: expect.objectContaining(told) },
  ]);
});

test('an end without an answer is an error', async () => {
  const job = await openJob();
  job.request.end();
  home.send(end, job.stream);
  expect((await job.response).statusCode).toBe(502);
});

test('a node lost before its answer is a 502', async () => {
  const job = await openJob();
  job.request.end();
  await home.disconnect();
  const response = await job.response;
  expect([response.statusCode, JSON.parse((await bodyOf(response)).bytes.toString())]).toEqual([
    502,
    { error: expect.objectContaining({ code: 'enclave_lost' }) },
  ]);
});

test('a node lost between frames breaks the stream after an untrusted word why', async () => {
  const job = await openJob();
  job.request.end();
  const head = encodeFrame(frameType.head, randomBytes(40));
  home.send(data, job.stream, Buffer.concat([prefix, head]));
  const response = await job.response;
  const body = bodyOf(response);
  await home.disconnect();
  const { bytes, complete } = await body;
  expect(complete).toBe(false);
  const frames = new FrameDecoder('response').push(bytes.subarray(64));
  expect(frames.map(({ type }) => type)).toEqual([frameType.head, frameType.gatewayError]);
  expect(JSON.parse(Buffer.from(frames[1]?.payload ?? []).toString())).toMatchObject({
    code: 'enclave_lost',
  });
});

test('a node lost inside a frame just breaks the stream', async () => {
  const job = await openJob();
  job.request.end();
  const half = encodeFrame(frameType.data, randomBytes(400)).subarray(0, 100);
  home.send(data, job.stream, Buffer.concat([prefix, half]));
  const body = bodyOf(await job.response);
  await home.disconnect();
  expect(await body).toEqual({ bytes: Buffer.concat([prefix, half]), complete: false });
});

test.each<[string, (job: Job) => void]>([
  [
    'sends more than it was granted',
    ({ stream }) => {
      for (let i = 0; i < 3; i += 1) home.send(data, stream, randomBytes(120_000));
      for (let i = 0; i < 40; i += 1) home.send(data, stream, randomBytes(250_000));
    },
  ],
  ['grants more than the window', ({ stream }) => home.grantCredit(stream, 1)],
  ['speaks on a stream that was never opened', () => home.send(data, 4_000_000, prefix)],
  ['opens a stream itself', ({ stream }) => home.send(open, stream, prefix.subarray(0, 32))],
])('a node that %s loses its link', async (_, misbehave) => {
  const job = await openJob();
  misbehave(job);
  expect(await home.closed).toBe(1002);
  job.request.destroy();
});

test('who may not send a job is told before a byte of it is read', async () => {
  const opened = home.frames.seen.filter(isOf(open)).length;
  const expected = (status: number, code: string) => ({
    status,
    body: { error: expect.objectContaining({ code }) },
  });
  expect(await refusedJob({ authorization: 'Bearer wrong' })).toEqual(expected(401, 'invalid_api_key'));
  expect(await refusedJob({ 'content-type': 'application/json' })).toEqual(expected(400, 'invalid_request'));
  expect(await refusedJob({ [leaseIdHeader]: `0x${'00'.repeat(32)}` })).toEqual(
    expected(422, 'lease_invalid'),
  );
  const stranger = `Bearer ${await world.apiKey('stranger')}`;
  expect(await refusedJob({ authorization: stranger })).toEqual(expected(422, 'lease_invalid'));
  expect(home.frames.seen.filter(isOf(open))).toHaveLength(opened);
});

test('a link carries its limit of jobs and refuses the next', async () => {
  const jobs = [];
  while (jobs.length < linkLimits.maxStreamsPerLink) jobs.push(await openJob());
  expect(await refusedJob({})).toMatchObject({ status: 429 });
  for (const { request } of jobs) request.destroy();
  for (const { stream } of jobs) await home.frames.take(isOf(cancel, stream));
  const next = await openJob();
  next.request.destroy();
});

test('nothing of a job is logged', async () => {
  const canary = 'canary-6f1c02';
  const job = await openJob();
  job.request.end(canary);
  await home.frames.take(isOf(end, job.stream));
  home.send(error, job.stream, Buffer.from(JSON.stringify({ code: 'internal', message: canary })));
  await bodyOf(await job.response);
  expect(world.logLines.join('')).not.toContain(canary);
  expect(world.logLines.length).toBeGreaterThan(0);
});

test('a node that is back without its enclave takes no job', async () => {
  await home.disconnect();
  const bare = new ScriptedHome(world, home.enclave);
  await bare.connect();
  expect(await refusedJob({})).toMatchObject({ status: 502, body: { error: { code: 'enclave_lost' } } });
});

test('a lease outlives the gateway process that granted it', async () => {
  await world.stopBackend();
  await world.startBackend();
  await reconnect();
  const job = await openJob();
  job.request.end();
  home.send(data, job.stream, prefix);
  home.send(end, job.stream);
  expect(await bodyOf(await job.response)).toEqual({ bytes: Buffer.from(prefix), complete: true });
});
