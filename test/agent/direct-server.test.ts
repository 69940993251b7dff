import { connect } from 'node:net';
import { type Hex, toHex } from '@hearth/attestation/receipt';
import {
  decodeLinkFrame,
  directEnclavePath,
  encodeLinkFrame,
  HearthError,
  type LinkFrame,
  leaseIdHeader,
  linkFrameTypes,
  linkLimits,
  parseCredit,
  routes,
  sealedJobContentType,
} from '@hearth/sdk/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Inbox } from '../backend/inbox.ts';
import { findFreePort } from '../environment/free-port.ts';
import { applicationModule } from '../market/application-module.ts';

type Servers = typeof import('../../provider-agent/src/host/direct/direct-server.ts');
type Jobs = typeof import('../../provider-agent/src/host/direct/direct-jobs.ts');

const leaseId: Hex = `0x${'1e'.repeat(32)}`;
const { open, data, end, cancel, credit, error } = linkFrameTypes;
let url: string;
/** What the node's relay was told, and how it speaks. */
let told: Inbox<LinkFrame>;
let say: (type: LinkFrame['type'], payload?: Uint8Array) => void;
let close: () => Promise<void>;

beforeEach(async () => {
  const { DirectServer } = await applicationModule<Servers>('provider-agent', 'host/direct/direct-server');
  const { DirectJobs } = await applicationModule<Jobs>('provider-agent', 'host/direct/direct-jobs');
  told = new Inbox();
  const jobs = new DirectJobs((sendFrame) => {
    say = (type, payload) => sendFrame(encodeLinkFrame(type, 1, payload));
    return { receive: (bytes: Uint8Array) => told.put(decodeLinkFrame(bytes)) } as never;
  });
  const desk = {
    statementOf(): never {
      throw new HearthError('unavailable', 'nothing to sell');
    },
  };
  const server = new DirectServer(desk as never, jobs, () => 0);
  const port = await findFreePort();
  await server.listen({ host: '127.0.0.1', port });
  url = `http://127.0.0.1:${port}`;
  close = () => server.close();
});
afterEach(() => close());

const headers = { 'content-type': sealedJobContentType, [leaseIdHeader]: leaseId };
const post = (path: string, body: Uint8Array | string, more: Record<string, string> = headers) =>
  fetch(url + path, { method: 'POST', headers: more, body: body as BodyInit });
const codeOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { error: { code: string } }).error.code,
];
const nextOf = (type: LinkFrame['type']) => told.take((frame) => frame.type === type);

test('a job goes to the node as it came, and its answer to the buyer', async () => {
  const answer = post(routes.jobs, new Uint8Array(100_000).fill(7));
  expect(toHex((await nextOf(open)).payload)).toBe(leaseId);
  for (let got = 0; got < 100_000; ) got += (await nextOf(data)).payload.length;
  await nextOf(end);
  say(data, new Uint8Array(5).fill(9));
  say(end);
  const response = await answer;
  expect([response.status, response.headers.get('content-type')]).toEqual([200, sealedJobContentType]);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(5).fill(9));
});

test('no more of a request is taken than the node has room for, and what was written is granted again', async () => {
  void post(routes.jobs, new Uint8Array(2 * linkLimits.requestWindowBytes)).catch(() => {});
  for (let got = 0; got <= linkLimits.requestWindowBytes - 64 * 1024; )
    got += (await nextOf(data)).payload.length;
  say(data, new Uint8Array(linkLimits.answerWindowBytes / 2));
  expect(parseCredit((await nextOf(credit)).payload)).toBe(linkLimits.answerWindowBytes / 2);
  const taken = told.seen.filter(({ type }) => type === data).map(({ payload }) => payload.length);
  expect(taken.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(linkLimits.requestWindowBytes);
});

test('a refusal comes with its status and whatever the enclave signed', async () => {
  const refusal = { code: 'cap_exceeded', message: 'used up' };
  const refused = post(routes.jobs, 'x');
  await nextOf(open);
  say(error, Buffer.from(JSON.stringify(refusal)));
  expect(await codeOf(await refused)).toEqual([422, 'cap_exceeded']);
});

test('a buyer that leaves cancels its job', async () => {
  const abort = new AbortController();
  const left = fetch(url + routes.jobs, { method: 'POST', headers, body: 'x', signal: abort.signal });
  await nextOf(end);
  abort.abort();
  await expect(left).rejects.toThrow();
  await nextOf(cancel);
});

test('what does not belong here, or is too much, is refused', async () => {
  expect(await codeOf(await fetch(url + directEnclavePath))).toEqual([503, 'unavailable']);
  expect(await codeOf(await fetch(`${url}${directEnclavePath}?model=ember`))).toEqual([
    400,
    'invalid_request',
  ]);
  expect(await codeOf(await fetch(`${url}/v1/models`))).toEqual([404, 'not_found']);
  expect(await codeOf(await post(routes.jobs, 'x', {}))).toEqual([400, 'invalid_request']);
  const noLease = { 'content-type': sealedJobContentType };
  expect((await codeOf(await post(routes.jobs, 'x', noLease)))[1]).toBe('lease_invalid');
  for (const route of [routes.leases, routes.leaseReleases])
    expect((await codeOf(await post(route, '{}', {})))[1]).toBe('invalid_request');
  const tooLong = await post(routes.leases, 'x'.repeat(65 * 1024), {}).then(codeOf, () => 'cut');
  expect([[413, 'too_large'], 'cut']).toContainEqual(tooLong);
});

test('an address that asks too often is told so', async () => {
  const statuses = [];
  for (let i = 0; i < 22; i += 1) statuses.push((await fetch(`${url}/v1/models`)).status);
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 404), 429, 429]);
});

test('a header that never ends is not waited for longer than its limit of bytes', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const answered = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
  socket.write(`GET / HTTP/1.1\r\nx: ${'y'.repeat(16 * 1024)}`);
  expect(await answered).toMatch(/^HTTP\/1.1 431/);
  socket.destroy();
});
