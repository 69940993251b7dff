import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { amountPicoUsd } from '@hearth/attestation/receipt';
import { type Session, type Sidecar, startSidecar } from '@hearth/sdk';
import { outcomes } from '@hearth/sdk/protocol';
import { parseRequestPrefix } from '@hearth/sdk/sealed-job/clear';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { Inbox } from '../backend/inbox.ts';
import { until } from '../e2e/until.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest } from './scripted-enclave.ts';

let world: BuyerWorld;
let session: Session;
let sidecar: Sidecar;
let openai: OpenAI;

async function open(): Promise<void> {
  sidecar = await startSidecar({ session, port: 0 });
  openai = new OpenAI({ baseURL: `${sidecar.url}/v1`, apiKey: 'unused', maxRetries: 0 });
}
beforeEach(async () => {
  world = await openBuyerWorld();
  session = world.session();
  await open();
});
afterEach(async () => {
  await sidecar.stop();
  await world.stop();
});

const url = '/v1/chat/completions';
const lineOf = (customId: string, body: object = ask(`Canary ${customId}`)) =>
  JSON.stringify({ custom_id: customId, method: 'POST', url, body });
const upload = async (lines: readonly string[]) =>
  openai.files.create({ file: await toFile(Buffer.from(lines.join('\n')), 'in.jsonl'), purpose: 'batch' });
const start = async (lines: readonly string[]) =>
  openai.batches.create({
    input_file_id: (await upload(lines)).id,
    endpoint: url,
    completion_window: '24h',
  });
const ended = (id: string) =>
  until(
    'the end of the batch',
    () => openai.batches.retrieve(id),
    ({ status }) => ['completed', 'failed', 'cancelled', 'expired'].includes(status),
  );
type Response = { status_code: number; body: unknown; receipts: unknown[] };
const linesOf = async (fileId: string | null | undefined) =>
  fileId
    ? (await (await openai.files.content(fileId)).text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { custom_id: string; response: Response | null })
    : [];

test('a file is kept, listed, read back and deleted', async () => {
  const file = await upload(['hello']);
  expect(file).toMatchObject({ object: 'file', bytes: 5, filename: 'in.jsonl', purpose: 'batch' });
  expect((await openai.files.list()).data.map(({ id }) => id)).toEqual([file.id]);
  expect(await openai.files.retrieve(file.id)).toEqual(file);
  expect(await (await openai.files.content(file.id)).text()).toBe('hello');
  expect(await openai.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true });
  await expect(openai.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
});

test('each line is a sealed job of its own; what fails is in the error file', async () => {
  const batch = await start([
    lineOf('a'),
    lineOf('b'),
    lineOf('wrong', { model: 'gpt-9', messages: [{ role: 'user', content: 'x' }] }),
    lineOf('c'),
  ]);
  expect(batch).toMatchObject({ object: 'batch', status: 'validating', endpoint: url });
  const end = await ended(batch.id);
  expect(end).toMatchObject({
    status: 'completed',
    request_counts: { total: 4, completed: 3, failed: 1 },
  });
  const output = await linesOf(end.output_file_id);
  expect(output.map(({ custom_id }) => custom_id)).toEqual(['a', 'b', 'c']);
  expect(output[0]?.response).toMatchObject({
    status_code: 200,
    body: { choices: [{ message: { content: 'Hello from the enclave.' } }] },
  });
  expect(await linesOf(end.error_file_id)).toMatchObject([
    { custom_id: 'wrong', response: { status_code: 404, body: { error: { code: 'model_not_found' } } } },
  ]);
  expect(world.gateway.count('/v1/jobs')).toBe(3);
});

test('a batch goes on after a restart: every line is answered once, and nothing lies on disk in clear', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `line-${i}`);
  let jobs = 0;
  const stuck = new Inbox<true>();
  const honest = world.gateway.deliver;
  world.gateway.deliver = async (response, frames) => {
    jobs += 1;
    if (jobs <= 5) return honest(response, frames);
    stuck.put(true); // and no answer, for as long as this process lives
  };
  const batch = await start(names.map((name) => lineOf(name)));
  for (let lines = 0; lines < 4; lines += 1) await stuck.take(); // that is all that run at a time: nothing is on its way
  await until(
    'five answers',
    () => openai.batches.retrieve(batch.id),
    ({ request_counts }) => request_counts?.completed === 5,
  );
  await sidecar.stop();
  const dir = join(world.stateDir, 'openai');
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    expect([path, readFileSync(path).includes('Canary'), statSync(path).mode & 0o077]).toEqual([
      path,
      false,
      0,
    ]);
  }

  world.gateway.deliver = honest;
  const before = world.gateway.count('/v1/jobs');
  await open();
  const end = await ended(batch.id);
  expect(end).toMatchObject({ status: 'completed', request_counts: { total: 12, completed: 12, failed: 0 } });
  expect((await linesOf(end.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(names);
  expect(world.gateway.count('/v1/jobs') - before).toBe(7);
});

/** One line, of whose answer the first of three tokens comes, with a receipt for it; its enclave says no more. */
async function breakOffAfterOneToken(): Promise<{ batchId: string; firstJobId: string }> {
  const { gateway } = world;
  const { deliver } = gateway;
  const outcome = outcomes.cancelled;
  gateway.script = { ...honest, pieces: honest.pieces.slice(0, 1), tracks: true, interim: true, outcome };
  gateway.deliver = (response, frames) => void response.write(Buffer.concat(frames.slice(0, 4)));
  const { id: batchId } = await start([lineOf('a')]);
  const { header } = parseRequestPrefix(await gateway.jobs.take()) ?? {};
  await until(
    'the receipt on disk',
    async () => world.onDisk().pairs,
    (pairs) => Object.values(pairs).some(({ newest }) => newest !== null),
  );
  gateway.script = { ...honest, tracks: true };
  gateway.deliver = deliver;
  return { batchId, firstJobId: header?.jobId ?? '' };
}

test.each(['a stop', 'a crash'])(
  'a line under way at %s goes on from the tokens that had come: prompt and tokens are paid once, and the receipts say so',
  async (end) => {
    const { batchId, firstJobId } = await breakOffAfterOneToken();
    const dir = join(world.stateDir, 'openai');
    const crashed = `${dir}-crashed`;
    cpSync(dir, crashed, { recursive: true });
    await sidecar.stop();
    if (end === 'a crash') {
      rmSync(dir, { recursive: true });
      rmSync(join(crashed, 'lock'));
      cpSync(crashed, dir, { recursive: true });
    }
    await open();
    const [line] = await linesOf((await ended(batchId)).output_file_id);
    expect(line?.response).toMatchObject({
      status_code: 200,
      body: { choices: [{ message: { content: 'Hello from the enclave.' } }] },
      receipts: [
        {
          input_tokens: 0,
          output_tokens: 2,
          other_attempts: [{ job_id: firstJobId, outcome: 'cancelled', input_tokens: 12, output_tokens: 1 }],
        },
      ],
    });
    const { header } = parseRequestPrefix(await world.gateway.jobs.take()) ?? {};
    expect(header).toMatchObject({ attempt: 1, previousJobId: firstJobId });
    const once = { inputTokens: 12, cachedInputTokens: 0, outputTokens: 3 };
    expect(header && world.enclave.totalPicoUsd).toBe(header && amountPicoUsd(header, once));
  },
);

test('a line that no enclave takes up any more begins anew', async () => {
  const { batchId } = await breakOffAfterOneToken();
  await sidecar.stop();
  world.gateway.script = { ...honest, refused: ['hearth_continuation'] };
  await open();
  const [line] = await linesOf((await ended(batchId)).output_file_id);
  expect(line?.response?.body).toMatchObject({
    choices: [{ message: { content: 'Hello from the enclave.' } }],
  });
  expect(line?.response?.receipts).toHaveLength(2);
});

test('a patient stop waits for the lines under way, and begins no others', async () => {
  const arrived = new Inbox<true>();
  const goOn = Promise.withResolvers<void>();
  const { deliver } = world.gateway;
  world.gateway.deliver = async (response, frames) => {
    arrived.put(true);
    await goOn.promise;
    return deliver(response, frames);
  };
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { id } = await start(names.map((name) => lineOf(name)));
  for (let lines = 0; lines < 4; lines += 1) await arrived.take();
  const stopped = sidecar.stop(new Promise(() => {}));
  goOn.resolve();
  await stopped;
  expect(world.gateway.count('/v1/jobs')).toBe(4);
  await open();
  expect(await ended(id)).toMatchObject({ status: 'completed', request_counts: { completed: 6 } });
  expect(world.gateway.count('/v1/jobs')).toBe(6);
});

test('a cancelled batch keeps what was answered', async () => {
  const stuck = new Inbox<true>();
  world.gateway.deliver = () => stuck.put(true);
  const batch = await start([lineOf('a'), lineOf('b')]);
  await stuck.take();
  expect(await openai.batches.cancel(batch.id)).toMatchObject({ status: 'cancelling' });
  const end = await ended(batch.id);
  expect(end).toMatchObject({ status: 'cancelled', request_counts: { total: 2, completed: 0, failed: 2 } });
  expect(await linesOf(end.error_file_id)).toMatchObject([
    { custom_id: 'a', response: null, error: { code: 'batch_cancelled' } },
    { custom_id: 'b', response: null },
  ]);
});

test('a file with faults fails the batch and names each line', async () => {
  const end = await ended((await start(['x', lineOf('a'), lineOf('a')])).id);
  expect(end.errors?.data).toMatchObject([
    { code: 'invalid_json_line', line: 1 },
    { code: 'duplicate_custom_id', line: 3 },
  ]);
  expect(end.status).toBe('failed');
});

test('a batch over a file that is not kept here, or for another endpoint, is refused by name', async () => {
  const asked = { completion_window: '24h' as const, endpoint: url };
  await expect(openai.batches.create({ ...asked, input_file_id: 'file-x' } as never)).rejects.toMatchObject({
    status: 404,
  });
  const { id } = await upload([lineOf('a')]);
  await expect(
    openai.batches.create({ ...asked, input_file_id: id, endpoint: '/v1/moderations' } as never),
  ).rejects.toMatchObject({ status: 400, param: 'endpoint' });
});

test('one process at a time has the files', async () => {
  await upload(['x']);
  const second = world.client();
  await expect(startSidecar({ session: { ...session, client: second }, port: 0 })).rejects.toMatchObject({
    code: 'order_locked',
  });
});
