import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../environment/postgres.ts';
import type { Bench } from './bench.ts';
import { hotRowClients, openHotRowLedger } from './ledger/hot-row.ts';
import { countBreaks } from './ledger/invariants.ts';
import { JobLoad, type LoadFigures, measureLoad } from './ledger/job-load.ts';
import { surviveKills } from './ledger/killed-postgres.ts';
import { openProductionLedger, type ProductionLedger } from './ledger/production-ledger.ts';
import { type LedgerRound, ledgerReport } from './ledger/report.ts';

const CALLERS = 4_096;
const ROUNDS = 5;
const MEASURE_MS = 4_000;
const ORDER_MICRO_USD = 1_000_000_000n;
const KILLS = { kills: 5, callers: 256, jobsPerKill: 3_000 };

/**
 * Hold + capture through the production ledger beside a ledger with one hot row on the same durable Postgres, rounds in
 * turn; then the same ledger under SIGKILLs of Postgres. Every invariant is recounted at the end of both.
 */
export const ledgerBench: Bench = async (parts, tell) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-bench-ledger-'));
  parts.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  tell('starting a durable Postgres');
  const postgres = await parts.start(
    'Postgres',
    startPostgres({ dataDir: join(dir, 'measured'), isolated: true }),
  );
  const production = await parts.start(
    'ledger',
    openProductionLedger((await postgres.createDatabase('ledger')).url),
  );
  const loads = {
    oneOrder: new JobLoad({ label: 'one order', orders: 1, enclavesPerOrder: 64 }),
    manyOrders: new JobLoad({ label: 'many orders', orders: 1_000, enclavesPerOrder: 4 }),
    hotRow: new JobLoad({ label: 'hot row', orders: 1_000, enclavesPerOrder: 4 }),
  };
  for (const load of [loads.oneOrder, loads.manyOrders])
    await production.openOrders(load.orderHashes, ORDER_MICRO_USD);
  const hotDatabase = await postgres.createDatabase('hot');
  const hotRow = await parts.start(
    'hot row ledger',
    openHotRowLedger(hotDatabase.url, loads.hotRow.orderHashes),
  );
  tell('one round to warm up');
  const round = async (): Promise<LedgerRound> => ({
    hotRow: await measure(loads.hotRow, hotRow, hotRowClients),
    oneOrder: await measure(loads.oneOrder, production, CALLERS),
    manyOrders: await measure(loads.manyOrders, production, CALLERS),
  });
  await round();
  const rounds: LedgerRound[] = [];
  for (let index = 0; index < ROUNDS; index += 1) {
    const measured = await round();
    rounds.push(measured);
    const rate = (figures: LoadFigures) => figures.jobsPerSecond.toFixed();
    tell(
      `round ${index + 1}: hot row ${rate(measured.hotRow)}, one order ${rate(measured.oneOrder)}, many ${rate(measured.manyOrders)}`,
    );
  }
  tell('recounting');
  const breaks = await countBreaks(production.dataSource);
  const durable = await durability(production);
  tell(`killing Postgres ${KILLS.kills} times under load`);
  const killed = await surviveKills(join(dir, 'killed'), KILLS);
  return ledgerReport({
    rounds,
    breaks,
    durable,
    killed,
    setup: {
      callers: CALLERS,
      hotRowClients,
      rounds: ROUNDS,
      measureMs: MEASURE_MS,
      cores: availableParallelism(),
    },
  });
};

const measure = (load: JobLoad, ledger: Parameters<JobLoad['run']>[1], callers: number) =>
  measureLoad(load, ledger, { callers, measureMs: MEASURE_MS });

/** The server's own word that an answered commit is on disk. */
async function durability({ dataSource }: ProductionLedger): Promise<Readonly<Record<string, string>>> {
  const rows: { name: string; setting: string }[] = await dataSource.query(
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`,
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}
