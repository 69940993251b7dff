import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ChainIndexer } from '../../backend/src/indexer/chain-indexer.ts';
import { accounts } from '../../backend/src/ledger/accounts.ts';
import { Journal } from '../../backend/src/ledger/journal.ts';
import { ChainIdentity } from '../../backend/src/platform/chain-identity.ts';
import { SystemClock } from '../../backend/src/platform/clock.ts';
import { loadConfig } from '../../backend/src/platform/config.ts';
import { StructuredLog } from '../../backend/src/platform/structured-log.ts';
import { Transactions } from '../../backend/src/platform/transactions.ts';
import { ReconciliationWatch } from '../../backend/src/settlement/reconciliation-watch.ts';
import { type Backend, startBackend } from '../../backend/src/start-backend.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';
import { EscrowWorld } from './escrow-world.ts';

/** Runs ahead of the system by what the test says. */
class AheadClock extends SystemClock {
  aheadMs = 0;
  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }
}

const alarmMs = 900_000;
let postgres: Postgres;
let world: EscrowWorld;
let backend: Backend;
const clock = new AheadClock();
const lines: string[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  world = await EscrowWorld.start();
  const environment = world.environment((await postgres.createDatabase('reconciliation')).url, {
    SETTLEMENT_WORKER: 'off',
    RECONCILE_INTERVAL_MS: '3600000',
    UNEXPLAINED_MONEY_ALARM_MS: String(alarmMs),
  });
  const log = new StructuredLog('warn', (line) => lines.push(line));
  backend = await startBackend(loadConfig(environment), { clock, log });
  await world.openOrder();
  await backend.app.get(ChainIndexer).refresh();
});
afterAll(async () => {
  await backend?.stop();
  await world?.stop();
  await postgres?.stop();
});

const compare = () => backend.app.get(ReconciliationWatch).run();
const health = async () => (await fetch(`${backend.url}/health/ledger`)).status;
const metric = async (name: string) => {
  const text = await (await fetch(`${backend.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
};
const alarms = () =>
  lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'ledger.unexplained-money');

/** Money moved in the books alone, from the operator's fees to an account that the chain knows nothing of, or back. */
function forge(id: string, picoUsd: bigint): Promise<void> {
  const { ref } = backend.app.get(ChainIdentity);
  const [outside, nobody] = [accounts.outside(ref), accounts.provider(ref, `0x${'99'.repeat(20)}`)];
  const [from, to] = picoUsd > 0n ? [outside, nobody] : [nobody, outside];
  const movements = [{ from, to, picoUsd: picoUsd > 0n ? picoUsd : -picoUsd }];
  return backend.app
    .get(Transactions)
    .run((tx) => backend.app.get(Journal).post(tx, { id, kind: 'forged', movements }));
}

test('unexplained money rings by its age: warned at first, an alarm when it stays, silent once explained', async () => {
  await compare();
  expect([await health(), await metric('hearth_ledger_differences')]).toEqual([200, 0]);

  await forge('forged', 3_000_000n);
  await compare();
  expect(alarms().map(({ level, account }) => [level, account])).toEqual([
    ['warn', 'outside'],
    ['warn', `provider:0x${'99'.repeat(20)}`],
  ]);
  expect([await health(), await metric('hearth_ledger_differences')]).toEqual([200, 2]);
  expect(await metric('hearth_ledger_unexplained_usd')).toBeCloseTo(0.000_006);

  clock.aheadMs += alarmMs;
  lines.length = 0;
  await compare();
  expect(
    alarms().map(({ level, ledgerPicoUsd, chainPicoUsd }) => [level, ledgerPicoUsd, chainPicoUsd]),
  ).toContainEqual(['error', '3000000', '0']);
  expect(await health()).toBe(503);
  expect(await metric('hearth_ledger_unexplained_age_seconds')).toBeGreaterThanOrEqual(alarmMs / 1000);

  await forge('forged back', -3_000_000n);
  await compare();
  expect([await health(), await metric('hearth_ledger_differences')]).toEqual([200, 0]);
});
