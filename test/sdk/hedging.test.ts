import { buildBundle, chat, verifyBundle } from '@hearth/sdk';
import type { Bundle } from '@hearth/sdk/protocol';
import { parseRequestPrefix } from '@hearth/sdk/sealed-job/clear';
import { afterEach, expect, test } from '@jest/globals';
import { hearOut } from '../../sdk/src/client/hear-out.ts';
import type { PreparedJob } from '../../sdk/src/client/prepare-job.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest } from './scripted-enclave.ts';

let world: BuyerWorld;
afterEach(() => world.stop());

const hedge = { afterMs: 10, atMost: 1, shareOfJobsPpm: 100_000 };
const open = async (hasSecondHome = true) => {
  world = await openBuyerWorld({ service: { hedge, direct: 'never' }, hasSecondHome });
  world.gateway.script = { ...honest, tracks: true };
};
const enclaveOf = (body: Buffer) => parseRequestPrefix(body)?.recipients[0]?.enclaveKey;
const keyOf = (home: 'enclave' | 'second') =>
  (home === 'enclave' ? world.enclave : world.gateway.second)?.home.enclave.address;

/** Jobs at that enclave are not answered before the returned function is called. */
function hold(home: 'enclave' | 'second'): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  world.gateway.onJob = async (body) => {
    if (enclaveOf(body) === keyOf(home)) await promise;
  };
  return resolve;
}

test('an enclave that gives no token in time gets company: the other one answers, and it is called off', async () => {
  await open();
  const letGo = hold('enclave');
  const session = world.session();
  const { content, result } = await chat(session, ask(), { onText: () => {} });
  expect(content).toBe('Hello from the enclave.');
  expect(result.receipt.settlement.enclaveKey).toBe(keyOf('second'));
  const [slow] = result.lost;
  expect(result.job.header).toMatchObject({ attempt: 1, previousJobId: slow?.job.header.jobId });
  expect(slow).toMatchObject({ receipt: undefined, reason: { code: 'timeout' } });
  expect(await world.gateway.gone.take()).toBe('/v1/jobs'); // the slow one hears of it
  expect(session.hedges.figures).toEqual({ started: 1, won: 1, costPicoUsd: 0n });
  expect([...session.leases].map(({ grant }) => grant.lease.body.enclaveKey)).toEqual([keyOf('second')]);
  letGo();
});

test('what an enclave earned that was called off too late is known once its receipt comes', async () => {
  await open();
  const letGo = hold('enclave');
  const session = world.session();
  const { result } = await chat(session, ask());
  letGo();
  await world.gateway.answered.take((made) => 'header' in made && made.header.attempt === 0);
  const called = result.lost[0]?.job as PreparedJob;
  expect(called.header.attempt).toBe(0);
  await hearOut(session, called);
  const amount = world.enclave.newest?.receipt.execution.amountPicoUsd;
  expect(amount).toBeGreaterThan(0n);
  expect(session.hedges.figures.costPicoUsd).toBe(amount);
  expect(amount).toBeLessThanOrEqual(result.lost[0]?.job.header.capPicoUsd ?? 0n);
  const { pairs } = session.file.record;
  expect(Object.values(pairs).map(({ inFlight }) => inFlight.length)).toEqual([0, 0]);

  const bundle = await buildBundle(session, result, { waitMs: 0, open: 'all' });
  expect(bundle.earlierAttempts[0]?.receipt?.receipt.execution.amountPicoUsd).toBe(amount);
  const { L0, L7 } = await judge(bundle);
  expect(L0.reason).toContain('1 attempts before it broke off or were called off and billed 3 output tokens');
  expect([L0.result, L7.result]).toEqual(['pass', 'pass']);
  const strict = {
    ...bundle,
    policy: { ...bundle.policy, service: { ...bundle.policy.service, hedge: 'never' as const } },
  };
  expect((await judge(strict)).L0).toEqual({
    result: 'fail',
    reason: 'the prompt was billed by 2 attempts of one call',
  });
});

const judge = async (bundle: Bundle) => {
  const options = { trust: world.trust, allowSimulated: true, allowAbsent: true, chain: undefined };
  return (await verifyBundle(bundle, options)).levels;
};

test('a first enclave that answers before the second one goes on, and the second one is called off', async () => {
  await open();
  const session = world.session();
  const releaseFirst = Promise.withResolvers<void>();
  const holdSecond = Promise.withResolvers<void>();
  world.gateway.onJob = async (body) => {
    if (enclaveOf(body) === keyOf('enclave')) return releaseFirst.promise;
    releaseFirst.resolve();
    await holdSecond.promise;
  };
  const { result } = await chat(session, ask());
  expect(result.receipt.settlement.enclaveKey).toBe(keyOf('enclave'));
  expect(result.job.header.attempt).toBe(0);
  expect(result.lost).toEqual([]);
  expect(result.slower.map(({ job }) => job.header.previousJobId)).toEqual([result.job.header.jobId]);
  expect(session.hedges.figures).toEqual({ started: 1, won: 0, costPicoUsd: 0n });
  expect(session.leases.size).toBe(2); // the second one came second, which is no fault
  const bundle = await buildBundle(session, result, { waitMs: 0 });
  expect(bundle.laterAttempts.map(({ jobHeader }) => jobHeader.attempt)).toEqual([1]);
  expect((await judge(bundle)).L0).toMatchObject({
    result: 'pass',
    reason: expect.stringContaining('1 attempts beside it were called off and billed 0 output tokens'),
  });
  expect(
    (
      await judge({
        ...bundle,
        laterAttempts: bundle.laterAttempts.toReversed().concat(bundle.laterAttempts),
      })
    ).L0.result,
  ).toBe('fail');
  holdSecond.resolve();
});

test('where no other home is to be had, the first one is waited for', async () => {
  await open(false);
  const session = world.session();
  const letGo = hold('enclave');
  const giveBack = session.hedges.giveBack.bind(session.hedges);
  session.hedges.giveBack = () => {
    giveBack();
    letGo();
  };
  const { result } = await chat(session, ask());
  expect([result.lost, result.slower]).toEqual([[], []]);
  expect(world.gateway.count('/v1/leases')).toBe(2);
  expect(session.hedges.figures.started).toBe(0);
});

test('an enclave lost before its first token is followed by another one while a hedge is allowed, too', async () => {
  await open();
  let jobs = 0;
  const { deliver } = world.gateway;
  world.gateway.deliver = (response, frames) => {
    jobs += 1;
    if (jobs === 1) return void response.end(frames[0]);
    return deliver(response, frames);
  };
  const { content, result } = await chat(world.session(), ask(), { onText: () => {} });
  expect(content).toBe('Hello from the enclave.');
  expect(result.lost.map(({ reason }) => reason.code)).toEqual(['stream_truncated']);
});
