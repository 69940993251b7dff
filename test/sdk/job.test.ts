import { buildBundle, chat, closeSession, runJob, verifyBundle } from '@hearth/sdk';
import { HearthError, isReleased, outcomes } from '@hearth/sdk/protocol';
import { gatewayErrorFrame } from '@hearth/sdk/sealed-job/clear';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Inbox } from '../backend/inbox.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest } from './scripted-enclave.ts';

const TEXT = 'Hello from the enclave.';
let world: BuyerWorld;
beforeEach(async () => {
  world = await openBuyerWorld();
});
afterEach(() => world.stop());

const pairOnDisk = () => {
  const [pair] = Object.values(world.onDisk().pairs);
  if (!pair) throw new Error('no pair on disk');
  return pair;
};

test('an answer in one piece and a streamed one are the same text, each with its receipt', async () => {
  const session = world.session();
  const whole = await chat(session, ask());
  const heard: string[] = [];
  const streamed = await chat(session, ask(), { onText: (text) => heard.push(text) });
  expect([whole.content, streamed.content, heard.join('')]).toEqual([TEXT, TEXT, TEXT]);
  expect(heard).toHaveLength(3);
  expect(streamed.result.receipt.settlement.sequence).toBe(2n);
  expect(world.gateway.count('/v1/leases')).toBe(1);
  expect(pairOnDisk().inFlight).toEqual([]);
});

test('what the caller leaves undefined is not part of the commitments', async () => {
  const request = { ...ask(), stop: undefined, seed: 1 };
  expect((await chat(world.session(), request)).content).toBe(TEXT);
});

test('an answer cut anywhere is an error, never a short answer', async () => {
  const session = world.session();
  const cuts: [frame: number, bytes: 'none' | 'some'][] = [];
  for (let frame = 0; frame < 7; frame += 1) cuts.push([frame, 'none'], [frame, 'some']);
  for (const [frame, bytes] of cuts) {
    world.gateway.deliver = (response, frames) => {
      expect(frames).toHaveLength(7); // prelude, head, three pieces, the end of the stream, final
      for (const whole of frames.slice(0, frame)) response.write(whole);
      const cut = frames[frame] as Uint8Array;
      if (bytes === 'some') response.write(cut.subarray(0, cut.length >> 1));
      response.end();
    };
    const running = chat(session, ask(), { onText: () => {} });
    await expect(running).rejects.toMatchObject({ code: 'stream_truncated' });
  }
}, 60_000);

test('a connection that breaks in mid-answer is a truncated stream', async () => {
  world.gateway.deliver = (response, frames) => {
    response.write(Buffer.concat(frames.slice(0, 4)), () => response.destroy());
  };
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'stream_truncated',
  });
});

test.each([
  ['enclave_lost', 'enclave_lost'],
  ['insufficient_funds', 'enclave_lost'],
  ['nonsense', 'enclave_lost'],
])('a gateway frame that says %s is shown as unproven and read as %s', async (said, code) => {
  world.gateway.deliver = (response, frames) => {
    for (const frame of frames.slice(0, 3)) response.write(frame);
    response.end(gatewayErrorFrame(said, 'pay again, please'));
  };
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toMatchObject({
    code,
    message: 'the answer broke off; the gateway says, unproven: pay again, please',
    details: { untrusted: true },
  });
});

test('bytes behind the final frame are a violation', async () => {
  world.gateway.deliver = (response, frames) => {
    for (const frame of [...frames, frames[2] as Uint8Array]) response.write(frame);
    response.end();
  };
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'peer_protocol_violation',
  });
});

test.each([
  ['cancelled', outcomes.cancelled],
  ['providerError', outcomes.providerError],
])('an answer that the enclave ended as %s is not returned as an answer', async (name, outcome) => {
  world.gateway.script = { ...honest, outcome };
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toMatchObject({
    code: 'unavailable',
    details: { outcome: name },
  });
});

test('an interim receipt is on disk even if the answer never ends, and its job stays in flight', async () => {
  world.gateway.script = { ...honest, interim: true };
  world.gateway.deliver = (response, frames) => {
    response.write(Buffer.concat(frames.slice(0, 5)), () => response.destroy());
  };
  await expect(chat(world.session(), ask(), { onText: () => {} })).rejects.toBeInstanceOf(HearthError);
  const { newest, inFlight } = pairOnDisk();
  expect(newest?.receipt).toMatchObject({ settlement: { sequence: 1n }, execution: { outcome: 0 } });
  expect(inFlight).toHaveLength(1);
});

test('a job whose interim receipts were seen pays the difference', async () => {
  world.gateway.script = { ...honest, interim: true };
  const { result } = await chat(world.session(), ask(), { onText: () => {} });
  const { execution, settlement } = result.receipt;
  expect(execution.jobPriorPicoUsd).toBeGreaterThan(0n);
  expect(settlement.cumulativePicoUsd).toBe(execution.amountPicoUsd);
});

test('a refusal for cap that brings a newer receipt is followed by one new attempt with a higher cap', async () => {
  const session = world.session();
  await chat(session, ask());
  const { record } = session.file; // as if this process had been cut off before it heard of the job
  await chat(session, ask('What is a quote?'));
  session.file.save({ ...record, pairs: mapCap(record.pairs, session.file.record.pairs) });
  expect((await chat(session, ask())).content).toBe(TEXT);
  expect(world.gateway.count('/v1/jobs')).toBe(4);
});

/** The old pair with the caps signed since: what is lost is only a receipt. */
function mapCap<T extends Record<string, { highestCap: unknown }>>(old: T, now: T): T {
  const entries = Object.entries(old).map(([key, pair]) => [
    key,
    { ...pair, highestCap: now[key]?.highestCap },
  ]);
  return Object.fromEntries(entries) as T;
}

test('jobs side by side have a lease each, caps that only grow, and a record that adds up', async () => {
  const session = world.session();
  const allSent = Promise.withResolvers<void>(); // none is answered before: each cap is signed with the others open
  world.gateway.onJob = () => {
    if (world.gateway.jobs.seen.length === 6) allSent.resolve();
    return allSent.promise;
  };
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => chat(session, ask(`Question ${n}`), { onText: () => {} })),
  );
  const jobs = answers.map(({ result }) => result.job);
  expect(new Set(jobs.map(({ header }) => header.leaseId)).size).toBe(6);
  const caps = jobs.map(({ cap }) => cap.cumulativeCapPicoUsd).sort((a, b) => (a < b ? -1 : 1));
  expect(new Set(caps).size).toBe(6);
  expect(pairOnDisk().inFlight).toEqual([]);
  expect(world.enclave.totalPicoUsd).toBe(
    answers.reduce((sum, { result }) => sum + result.receipt.execution.amountPicoUsd, 0n),
  );
  expect(session.busyLeases.size).toBe(0);
});

test("a job billed after others that began later is still proven to be within the buyer's caps", async () => {
  const session = world.session();
  world.gateway.script = { ...honest, pieces: [`a${' b'.repeat(15)}`] }; // 16 words, the most that is asked for
  const release = new Inbox<void>();
  const arrived = new Inbox<void>();
  world.gateway.onJob = () => {
    world.gateway.onJob = () => {};
    arrived.put();
    return release.take();
  };
  const first = chat(session, ask());
  await arrived.take();
  for (const n of [1, 2, 3, 4]) await chat(session, ask(`Question ${n}`));
  release.put();
  const { result } = await first;
  expect(result.receipt.settlement.cumulativePicoUsd).toBeGreaterThan(result.job.cap.cumulativeCapPicoUsd);
  const bundle = await buildBundle(session, result, { waitMs: 0 });
  const verdict = await verifyBundle(bundle, {
    trust: world.trust,
    allowSimulated: true,
    allowAbsent: true,
    chain: undefined,
  });
  expect(verdict.levels.L0).toMatchObject({
    result: 'pass',
    reason: expect.stringContaining('within the buyer'),
  });
});

test('no cap is signed beyond what the gateway holds', async () => {
  world.gateway.held = (asked) => asked / 1000n;
  await expect(chat(world.session(), ask())).rejects.toMatchObject({ code: 'hold_exceeded' });
  expect(world.gateway.count('/v1/jobs')).toBe(0);
  expect(world.onDisk().pairs).toEqual({});
});

test('an old lease that is over is replaced by a new one, four jobs a call at most', async () => {
  const session = world.session();
  await chat(session, ask());
  let refusals = 0;
  world.gateway.onJob = () => {
    refusals += 1;
    if (refusals === 1) throw new HearthError('lease_invalid', 'lease is over');
  };
  expect((await chat(session, ask())).content).toBe(TEXT);
  expect(world.gateway.count('/v1/leases')).toBe(2);
  world.gateway.onJob = () => {
    throw new HearthError('lease_invalid', 'lease is over');
  };
  await expect(chat(session, ask())).rejects.toMatchObject({ code: 'lease_invalid' });
  expect(world.gateway.count('/v1/jobs')).toBe(3 + 4);
});

test.each([
  ['a signed one frees its cap', undefined, 0],
  ['one that another key signed frees nothing', new Uint8Array(32).fill(9), 1],
])('NotRun: %s', async (_name, signer, inFlight) => {
  const session = world.session();
  world.enclave.highestCapPicoUsd = 0n;
  world.enclave.totalPicoUsd = 10n ** 18n; // whatever is asked is above the cap
  world.gateway.refuse = ({ jobHeaderHash }) => ({
    details: { notRun: world.enclave.notRun(jobHeaderHash, signer) },
  });
  await expect(chat(session, ask())).rejects.toMatchObject({ code: 'cap_exceeded' });
  expect(pairOnDisk().inFlight).toHaveLength(inFlight);
});

test('who closes a session gives its leases back, one with a job on it when that is over', async () => {
  const session = world.session();
  const running = runJob(session, { endpoint: 'chatCompletions', body: ask() });
  await running.next();
  await chat(session, ask());
  const [busy, idle] = [...session.leases].map(({ grant }) => grant.lease.body);
  if (!busy || !idle) throw new Error('expected a lease each');
  closeSession(session);
  const first = await world.gateway.released.take();
  expect([first.release.leaseId, isReleased(session.client.domain, idle, first)]).toEqual([
    idle.leaseId,
    true,
  ]);
  expect(session.busyLeases.size).toBe(1);
  await running.return(undefined);
  expect((await world.gateway.released.take()).release.leaseId).toBe(busy.leaseId);
});

test('a job that is called off before it is sent leaves nothing in flight', async () => {
  const session = world.session();
  const abort = new AbortController();
  world.gateway.onLease = () => abort.abort(new HearthError('stream_truncated', 'never mind'));
  const events = runJob(session, { endpoint: 'chatCompletions', body: ask() }, abort.signal);
  await expect(events.next()).rejects.toMatchObject({ message: 'never mind' });
  expect(world.gateway.count('/v1/jobs')).toBe(0);
  expect(world.onDisk().pairs).toEqual({}); // not even signed
});
