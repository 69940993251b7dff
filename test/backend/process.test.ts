import { ed25519Key, verifyCheckpoint } from '@hearth/sdk/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import { BackendProcesses } from './backend-process.ts';
import { EscrowWorld } from './escrow-world.ts';

let postgres: Postgres;
let world: EscrowWorld;
let databaseUrl: string;
const processes = new BackendProcesses();

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = (await postgres.createDatabase('process')).url;
  world = await EscrowWorld.start();
});
afterAll(async () => {
  processes.killAll();
  await world?.stop();
  await postgres?.stop();
});

const start = (changes: Record<string, string> = {}) =>
  processes.start(world.environment(databaseUrl, changes));

test('the process says in one line that it is ready, serves health, metrics and log, and stops cleanly', async () => {
  const backend = await start();
  const get = async (path: string) => {
    const response = await fetch(backend.url + path);
    return { status: response.status, text: await response.text() };
  };
  expect(await get('/health/live')).toEqual({ status: 200, text: '{"live":true}' });
  expect(await get('/health/ready')).toEqual({ status: 200, text: '{"ready":true}' });
  const metrics = await get('/metrics');
  expect(metrics.text).toMatch(/^hearth_operator_balance_wei [1-9]/m);
  const { note } = JSON.parse((await get('/v1/log/checkpoint')).text) as { note: string };
  const logKey = ed25519Key(new Uint8Array(32).fill(0x11)).publicKey; // the world's LOG_PRIVATE_KEY
  expect(verifyCheckpoint(note, logKey).origin).toContain(
    `hearth.log/31337/${world.market.settlement.toLowerCase()}`,
  );
  expect(JSON.parse((await get('/v1/log/proof/inclusion?treeSize=1&index=0')).text)).toMatchObject({
    error: { code: 'not_found' },
  });
  expect((await get('/v1/log/proof/inclusion?treeSize=1')).status).toBe(400);
  expect((await get('/nowhere')).status).toBe(404);
  expect(await backend.end('SIGTERM')).toBe(0);
});

test('after SIGKILL it starts again on the same database, and SIGINT stops it cleanly', async () => {
  const first = await start();
  await first.end('SIGKILL');
  const second = await start();
  expect((await fetch(`${second.url}/health/ready`)).status).toBe(200);
  expect(await second.end('SIGINT')).toBe(0);
});

test('a wrong chain or a missing contract is refused at boot, in words, and no secret is logged', async () => {
  await expect(start({ CHAIN_ID: '1' })).rejects.toThrow(/expected id 1, got 31337/);
  const nobody = `0x${'12'.repeat(20)}`;
  await expect(start({ SETTLEMENT: nobody })).rejects.toThrow(/expected code at 0x12/);
  const failure = await start({ OPERATOR_PRIVATE_KEY: 'not-a-key' }).catch((error: Error) => error.message);
  expect(failure).toMatch(/OPERATOR_PRIVATE_KEY: expected 32 bytes/);
  expect(failure).not.toMatch(/not-a-key|1111111111/);
});
