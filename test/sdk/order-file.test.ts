import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chat, closeSession, rebuildOrder, resumeOrder, takeOrder } from '@hearth/sdk';
import { parseRequestPrefix } from '@hearth/sdk/sealed-job';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openOrderFile } from '../../sdk/src/client/order-store.ts';
import { repositoryRoot } from '../market/paths.ts';
import { ask, type BuyerWorld, openBuyerWorld } from './buyer-world.ts';
import { honest } from './scripted-enclave.ts';

let world: BuyerWorld;
beforeEach(async () => {
  world = await openBuyerWorld();
});
afterEach(() => world.stop());

const orderPath = () => join(world.stateDir, 'orders', `${world.orderHash}.json`);
const journalPath = () => orderPath().replace('.json', '.journal');
const pairOnDisk = () => {
  const [pair] = Object.values(world.onDisk().pairs);
  if (!pair) throw new Error('no pair on disk');
  return pair;
};

test('when a job reaches the gateway, its cap is on disk already, for the owner only', async () => {
  const seen: unknown[] = [];
  world.gateway.onJob = (body) => {
    const { cumulativeCapPicoUsd, authorizationSig } = capIn(body);
    const { highestCap, inFlight } = pairOnDisk();
    expect(highestCap).toMatchObject({
      cumulativeCapPicoUsd,
      sessionSignature: authorizationSig,
    });
    expect(inFlight).toHaveLength(1);
    seen.push([orderPath(), journalPath()].map((path) => statSync(path).mode & 0o777));
  };
  const session = world.session();
  await chat(session, ask());
  await chat(session, ask());
  expect(seen).toEqual([
    [0o600, 0o600],
    [0o600, 0o600],
  ]);
});

test('a cap that the disk does not take for good is not sent, and nothing is in flight', async () => {
  const session = world.session();
  await chat(session, ask());
  const sent = world.gateway.count('/v1/jobs');
  const broken = Object.create(session.file, {
    durable: { value: () => Promise.reject(new Error('the disk is gone')) },
  }) as typeof session.file;
  await expect(chat({ ...session, file: broken }, ask())).rejects.toThrow('the disk is gone');
  expect(world.gateway.count('/v1/jobs')).toBe(sent);
  expect(pairOnDisk().inFlight).toEqual([]);
});

test('a job for which room was reserved in time does not wait for the disk', async () => {
  const session = world.session();
  world.gateway.script = { ...honest, interim: true };
  await chat(session, ask());
  await session.file.durable(); // and so is the room that was reserved meanwhile
  const broken = Object.create(session.file, {
    durable: { value: () => Promise.reject(new Error('the disk is gone')) },
  }) as typeof session.file;
  await chat({ ...session, file: broken }, ask());
  await expect(chat({ ...session, file: broken }, ask())).rejects.toThrow('the disk is gone');
});

test.each([
  ['that the machine lost is believed, and counts until it can no longer run', 'another start', 1],
  ['that only the process left behind is known to its end', undefined, 0],
])('a job on reserved room %s', async (_what, start, lost) => {
  const session = world.session();
  world.gateway.script = { ...honest, interim: true };
  const order = readFileSync(orderPath());
  await chat(session, ask());
  await session.file.durable();
  const reserved = readFileSync(journalPath(), 'utf8');
  await chat(session, ask());
  const whole = readFileSync(journalPath(), 'utf8');
  const earned = world.enclave.totalPicoUsd;
  const cap = pairOnDisk().highestCap;
  closeSession(session);

  writeFileSync(orderPath(), order);
  const bootId = /"bootId":"([^"]+)"/.exec(reserved)?.[1] ?? 'none';
  writeFileSync(journalPath(), start === undefined ? whole : reserved.replaceAll(bootId, start));
  const resumed = resumeOrder(world.client(), world.orderHash);
  await rebuildOrder(resumed);
  const [pair] = Object.values(resumed.file.record.pairs);
  expect(pair?.newest?.receipt.settlement.cumulativePicoUsd).toBe(earned);
  expect(pair?.inFlight).toHaveLength(lost);
  if (lost === 0) expect(pair?.highestCap).toEqual(cap);
  await chat(resumed, ask());
  closeSession(resumed);
});

test('whoever waits for the disk while it is busy shares its next turn', async () => {
  const session = world.session();
  await chat(session, ask());
  const { file } = session;
  const turns = Array.from({ length: 20 }, () => {
    file.save({ ...file.record });
    return file.durable();
  });
  await Promise.all(turns);
  const closing = file.durable();
  closeSession(session);
  await closing;
  closeSession(resumeOrder(world.client(), world.orderHash));
});

function capIn(body: Uint8Array) {
  const prefix = parseRequestPrefix(body);
  if (!prefix) throw new Error('expected a whole prefix');
  return {
    cumulativeCapPicoUsd: prefix.cumulativeCapPicoUsd,
    authorizationSig: prefix.authorizationSignature,
  };
}

test('a last line that a crash cut short is forgotten, any other that cannot be read is an error', async () => {
  const session = world.session();
  await chat(session, ask());
  const [journal, pairs] = [readFileSync(journalPath(), 'utf8'), world.onDisk().pairs];
  closeSession(session);
  expect(() => statSync(journalPath())).toThrow('ENOENT');
  expect(world.onDisk().pairs).toEqual(pairs);
  writeFileSync(journalPath(), `${journal}{"0x`);
  closeSession(resumeOrder(world.client(), world.orderHash));
  expect(world.onDisk().pairs).toEqual(pairs);
  writeFileSync(journalPath(), `{"0x\n${journal}`);
  expect(() => resumeOrder(world.client(), world.orderHash)).toThrow('line 1 is unreadable');
});

test('a journal that grows long is written into the file, and begins anew', async () => {
  const session = world.session();
  await chat(session, ask());
  const { record } = session.file;
  const [[key, pair] = []] = Object.entries(record.pairs);
  const sizes: number[] = [];
  while (!(sizes.at(-1) === 0)) {
    session.file.save({ ...record, pairs: { [String(key)]: { ...pair } } } as never);
    sizes.push(statSync(journalPath()).size);
  }
  expect(Math.max(...sizes)).toBeLessThan(1 << 20);
  expect(world.onDisk()).toEqual(record);
  closeSession(session);
});

test('an order that a living process holds is refused, with its pid', () => {
  const session = world.session();
  expect(() => resumeOrder(world.client(), world.orderHash)).toThrow(
    expect.objectContaining({ code: 'order_locked', details: { pid: process.pid } }),
  );
  closeSession(session);
  closeSession(resumeOrder(world.client(), world.orderHash));
});

test('after it is given back, an order is not written to any more', () => {
  const session = world.session();
  const { record } = session.file;
  closeSession(session);
  expect(() => session.file.save(record)).toThrow(expect.objectContaining({ code: 'order_locked' }));
});

const holder = (then: string) =>
  spawn(
    process.execPath,
    [
      '--conditions=source',
      '--input-type=module',
      '-e',
      `const { openOrderFile } = await import(${JSON.stringify(join(repositoryRoot, 'sdk/src/client/order-store.ts'))});
       const { Secrets } = await import(${JSON.stringify(join(repositoryRoot, 'sdk/src/store/secrets.ts'))});
       const stateDir = ${JSON.stringify(world.stateDir)};
       const file = openOrderFile({ stateDir, secrets: new Secrets(stateDir) }, '${world.orderHash}');
       ${then}
       console.log('held');
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

test('a killed process gives its order up, and what it had signed still counts', async () => {
  const first = world.session();
  await chat(first, ask());
  closeSession(first);
  const cap = pairOnDisk().highestCap;
  // Between save and send: the job is on disk and never reached anybody.
  const child = holder(`
    const { withJobSent, nextCumulativeCap, pairOf } = await import(${JSON.stringify(join(repositoryRoot, 'sdk/src/client/order-record.ts'))});
    const enclaveKey = '${world.enclave.home.enclave.address}';
    const capPicoUsd = 10n ** 10n;
    const cumulativeCapPicoUsd = nextCumulativeCap(pairOf(file.record, enclaveKey), capPicoUsd);
    const jobHeaderHash = '0x${'77'.repeat(32)}';
    file.save(withJobSent(file.record, enclaveKey,
      { jobHeaderHash, jobId: jobHeaderHash, capPicoUsd, expiresAtUnixSec: ${BigInt(2 ** 40)}n },
      { cumulativeCapPicoUsd, jobHeaderHash, sessionSignature: '${cap?.sessionSignature}' }));`);
  await once(child.stdout, 'data');
  expect(() => openOrderFile(world.client(), world.orderHash)).toThrow(
    expect.objectContaining({ code: 'order_locked', details: { pid: child.pid } }),
  );
  child.kill('SIGKILL');
  await once(child, 'exit');

  const session = resumeOrder(world.client(), world.orderHash);
  await rebuildOrder(session);
  expect(pairOnDisk().inFlight).toHaveLength(1);
  const { result } = await chat(session, ask());
  const { totalPicoUsd } = world.enclave;
  const { header, cap: signed } = result.job;
  expect(signed.cumulativeCapPicoUsd).toBe(
    totalPicoUsd - result.receipt.execution.amountPicoUsd + 10n ** 10n + header.capPicoUsd,
  );
});

test('a lock of a pid that now belongs to somebody else is no obstacle', () => {
  closeSession(world.session());
  writeFileSync(`${join(world.stateDir, 'orders', world.orderHash)}.lock`, `${process.pid} 1\n`);
  closeSession(resumeOrder(world.client(), world.orderHash));
});

test.each([
  ['no JSON', '{'],
  ['another shape', '{"schema":"hearth-order/1"}'],
])('a file with %s is an error that names it and leaves no lock', async (_name, text) => {
  closeSession(world.session());
  writeFileSync(orderPath(), text);
  const unreadable = expect.objectContaining({
    code: 'invalid_request',
    message: expect.stringContaining(orderPath()),
  });
  expect(() => resumeOrder(world.client(), world.orderHash)).toThrow(unreadable);
  expect(() => readFileSync(`${join(world.stateDir, 'orders', world.orderHash)}.lock`)).toThrow('ENOENT');
});

test('a file of another order under this name is refused', () => {
  closeSession(world.session());
  const record = JSON.parse(readFileSync(orderPath(), 'utf8')) as object;
  writeFileSync(orderPath(), JSON.stringify({ ...record, orderHash: `0x${'00'.repeat(32)}` }));
  expect(() => resumeOrder(world.client(), world.orderHash)).toThrow('it is about order');
});

test('a receipt beyond everything authorised does not become what we owe', async () => {
  const session = world.session();
  await chat(session, ask());
  world.gateway.script = {
    ...honest,
    lie: ({ settlement, execution }) => ({
      settlement: { ...settlement, cumulativePicoUsd: 10n ** 14n },
      execution,
    }),
  };
  await expect(chat(session, ask())).rejects.toMatchObject({ code: 'peer_protocol_violation' });
  await expect(rebuildOrder(session)).rejects.toMatchObject({ code: 'peer_protocol_violation' });
  expect(Number(pairOnDisk().newest?.receipt.settlement.sequence)).toBe(1);
});

test('two receipts of one sequence are evidence, not bookkeeping', async () => {
  const session = world.session();
  await chat(session, ask());
  world.gateway.script = {
    ...honest,
    lie: ({ settlement, execution }) => ({ settlement: { ...settlement, sequence: 1n }, execution }),
  };
  await expect(chat(session, ask())).rejects.toMatchObject({
    code: 'peer_protocol_violation',
    message: expect.stringContaining('two different receipts of sequence 1'),
    details: { receipts: [expect.anything(), expect.anything()] },
  });
});

test('what a lost receipt had freed is learned from the gateway', async () => {
  const session = world.session();
  const before = session.file.record;
  await chat(session, ask());
  const after = session.file.record;
  const [key] = Object.keys(after.pairs);
  const [pair] = Object.values(after.pairs);
  if (!key || !pair?.newest) throw new Error('the job left its receipt');
  const { jobHeaderHash, jobId } = pair.newest.receipt.execution;
  const job = { jobHeaderHash, jobId, capPicoUsd: 10n ** 10n, expiresAtUnixSec: 2n ** 40n };
  session.file.save({ ...before, pairs: { [key]: { ...pair, newest: null, inFlight: [job] } } } as never);
  await rebuildOrder(session);
  expect(session.file.record.pairs).toEqual(after.pairs);
});

test('with every kept order taken, the reason is that they are taken', async () => {
  const session = world.session();
  const client = world.client();
  const taken = { ...client, chain: { ...client.chain, order: async () => ({ status: 1 }) as never } };
  await expect(takeOrder(taken, {})).rejects.toMatchObject({ code: 'order_locked' });
  closeSession(session);
  closeSession(await takeOrder(taken, {}));
});

test('a key that the gateway has lost is asked for once, however many wait', async () => {
  const session = world.session();
  world.gateway.apiKeys = new Set();
  const answers = await Promise.all([1, 2, 3].map(() => chat(session, ask())));
  expect(answers).toHaveLength(3);
  expect(world.gateway.count('/v1/api-keys')).toBe(2); // the first was for opening the world
});
