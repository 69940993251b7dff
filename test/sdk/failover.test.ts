import { chat, runJob } from '@hearth/sdk';
import { continuationMember, HearthError, outcomes } from '@hearth/sdk/protocol';
import { gatewayErrorFrame } from '@hearth/sdk/sealed-job/clear';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest, type Script } from './scripted-enclave.ts';

const pieces = ['Once ', 'upon ', 'a ', 'time.'];
const tracked: Script = { ...honest, pieces, tracks: true, interim: true };
let world: BuyerWorld;
beforeEach(async () => {
  world = await openBuyerWorld();
  world.gateway.script = tracked;
});
afterEach(() => world.stop());

/** prelude, head, the first piece, its interim receipt, three pieces, the end, final */
const FRAMES = 9;
const DELIVERED_AFTER = [0, 0, 0, 1, 1, 2, 3, 4, 4]; // pieces that are out when only so many frames have come

/** The first job is cut after `frames`, in the middle of the next one if `isTorn`; the second runs to its end. */
function cutFirst(frames: number, isTorn: boolean, how: 'end' | 'destroy' | 'error' = 'end'): void {
  let jobs = 0;
  world.gateway.deliver = (response, all) => {
    jobs += 1;
    if (jobs > 1) {
      for (const frame of all) response.write(frame);
      return void response.end();
    }
    expect(all).toHaveLength(FRAMES);
    const next = all[frames] as Uint8Array;
    const torn = isTorn ? next.subarray(0, next.length >> 1) : new Uint8Array(0);
    const why = how === 'error' ? gatewayErrorFrame('enclave_lost', 'its link broke') : new Uint8Array(0);
    const sent = Buffer.concat([...all.slice(0, frames), torn, why]);
    if (how === 'destroy') response.write(sent, () => response.destroy());
    else response.end(sent);
  };
}

const cuts = DELIVERED_AFTER.flatMap((delivered, frames) => [
  { frames, isTorn: false, delivered },
  { frames, isTorn: true, delivered },
]);

test.each(cuts)(
  'a stream lost after $frames frames (torn: $isTorn) goes on from its $delivered tokens, unseen by the caller',
  async ({ frames, isTorn, delivered }) => {
    cutFirst(frames, isTorn);
    const heard: string[] = [];
    const { content, result } = await chat(world.session(), ask(), { onText: (text) => heard.push(text) });
    expect([content, heard.join('')]).toEqual(['Once upon a time.', 'Once upon a time.']);
    expect(heard).toHaveLength(4);
    const [lost] = result.lost;
    const { header, request } = result.job;
    expect(result.ownOutput).toEqual([{ index: 0, content: pieces.slice(delivered).join('') }]);
    expect(header).toMatchObject({ attempt: 1, previousJobId: lost?.job.header.jobId });
    const tokens = pieces.slice(0, delivered).map((_, index) => index);
    expect(request[continuationMember]).toEqual(
      delivered === 0
        ? undefined
        : {
            tokens,
            receipts: expect.arrayContaining(lost?.receipt ? [expect.anything()] : []),
            started: { id: expect.any(String), created: 7 },
          },
    );
    const { execution } = result.receipt;
    const paidBefore = lost?.receipt?.receipt.execution;
    // The prompt is paid where a receipt shows that nobody was paid for it before.
    expect(execution).toMatchObject({ outputTokens: 4 - delivered, inputTokens: paidBefore ? 0 : 12 });
    expect(paidBefore?.outputTokens).toBe(frames >= 4 ? 1 : undefined);
  },
);

test('all chunks of a stream that two enclaves wrote look like one answer', async () => {
  cutFirst(5, true, 'error');
  const chunks: { id: string; created: number }[] = [];
  const session = world.session();
  let text = '';
  for await (const event of runJob(session, {
    endpoint: 'chatCompletions',
    body: { ...ask(), stream: true },
  }))
    if (event.type === 'bytes') text += new TextDecoder().decode(event.bytes);
  for (const event of text.split('\n\n'))
    if (event.startsWith('data: {')) chunks.push(JSON.parse(event.slice(6)));
  expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1);
  expect(text.match(/"finish_reason":"stop"/g)).toHaveLength(1);
  expect(text.match(/\[DONE\]/g)).toHaveLength(1);
});

test('an answer in one piece goes on too, and is one piece', async () => {
  cutFirst(4, true, 'destroy');
  const { content, result } = await chat(world.session(), ask());
  expect(content).toBe('Once upon a time.');
  expect(result.job.tokensBefore).toBe(1);
  expect(result.receipt.execution.outputTokens).toBe(3);
});

test('an enclave that gives up with its signed word is followed by another one', async () => {
  world.gateway.script = {
    ...tracked,
    pieces: pieces.slice(0, 2),
    outcome: outcomes.providerError,
    failure: { status: 500, body: 'data: {"error":{"message":"broke"}}\n\n' },
  };
  world.gateway.onJob = () => {
    if (world.gateway.count('/v1/jobs') > 1) world.gateway.script = tracked;
  };
  const heard: string[] = [];
  const { result } = await chat(world.session(), ask(), { onText: (text) => heard.push(text) });
  expect(heard).toEqual(pieces);
  expect(result.lost[0]?.receipt?.receipt.execution).toMatchObject({ outcome: 6, outputTokens: 2 });
  expect(result.receipt.execution.outputTokens).toBe(2);
});

test('when nobody takes over, the caller hears why the answer broke off', async () => {
  cutFirst(5, false, 'error');
  world.gateway.onLease = () => {
    if (world.gateway.count('/v1/jobs') > 0) throw new HearthError('policy_unsatisfied', 'nobody else');
  };
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'enclave_lost',
    message: expect.stringContaining('its link broke'),
  });
});

test('four jobs are the most that one call costs', async () => {
  world.gateway.deliver = (response, frames) => void response.end(frames[0]);
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'stream_truncated',
  });
  expect(world.gateway.count('/v1/jobs')).toBe(4);
});

test.each([
  ['bills the prompt again', (tokens: number) => ({ inputTokens: 12, outputTokens: tokens })],
  [
    'bills tokens that another one delivered',
    (tokens: number) => ({ inputTokens: 0, outputTokens: tokens + 1 }),
  ],
])('an enclave that goes on and %s is refused', async (_name, lie) => {
  cutFirst(5, false);
  world.gateway.onJob = () => {
    if (world.gateway.count('/v1/jobs') < 2) return;
    world.gateway.script = {
      ...tracked,
      lie: (receipt) => billed(receipt, lie(receipt.execution.outputTokens)),
    };
  };
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
  });
});

function billed(
  receipt: Parameters<Script['lie']>[0],
  tokens: { inputTokens: number; outputTokens: number },
) {
  const execution = { ...receipt.execution, ...tokens };
  const amountPicoUsd =
    BigInt(execution.inputTokens) * execution.priceInput +
    BigInt(execution.outputTokens) * execution.priceOutput;
  return { ...receipt, execution: { ...execution, amountPicoUsd } };
}
