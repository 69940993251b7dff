import type { DataSource } from 'typeorm';
import { type Postgres, startPostgres } from '../../environment/postgres.ts';
import { hashOf } from './hashes.ts';
import { countBreaks, type InvariantBreaks } from './invariants.ts';
import { JobLoad } from './job-load.ts';
import { openProductionLedger } from './production-ledger.ts';

export interface KilledPostgresFigures {
  readonly kills: number;
  readonly acknowledgedHolds: number;
  readonly acknowledgedCaptures: number;
  /** Calls that were cut off: done or not, nobody told the caller. */
  readonly unanswered: number;
  /** Acknowledged and not there after recovery. */
  readonly lost: number;
  /** After all unanswered work was asked for again: jobs that are not there exactly once. */
  readonly notOnce: number;
  readonly breaks: InvariantBreaks;
}

/** How the load is made and how often the server dies under it. */
export interface KillPlan {
  readonly kills: number;
  readonly callers: number;
  /** Acknowledged jobs between a start and the next SIGKILL. */
  readonly jobsPerKill: number;
}

/** SIGKILL to a durable Postgres while holds and captures run, recovery, and a recount; then the cut-off work once more. */
export async function surviveKills(dataDir: string, plan: KillPlan): Promise<KilledPostgresFigures> {
  const load = new JobLoad({ label: 'killed', orders: 20, enclavesPerOrder: 3 });
  let unanswered = 0;
  let lost = 0;
  let opened = false;
  for (let kill = 0; kill < plan.kills; kill += 1) {
    await withLedger(dataDir, async (ledger, postgres) => {
      if (!opened) await ledger.openOrders(load.orderHashes, 1_000_000n);
      opened = true;
      lost += await countLost(ledger.dataSource, load);
      await repeatUnanswered(load, ledger);
      unanswered += await loadUntilKilled(load, ledger, postgres, plan);
    });
  }
  return withLedger(dataDir, async (ledger) => {
    lost += await countLost(ledger.dataSource, load);
    await repeatUnanswered(load, ledger);
    return {
      kills: plan.kills,
      acknowledgedHolds: load.jobs.filter(({ held }) => held).length,
      acknowledgedCaptures: load.jobs.filter(({ captured }) => captured).length,
      unanswered,
      lost,
      notOnce: await countNotOnce(ledger.dataSource, load),
      breaks: await countBreaks(ledger.dataSource),
    };
  });
}

async function withLedger<T>(
  dataDir: string,
  body: (ledger: Awaited<ReturnType<typeof openProductionLedger>>, postgres: Postgres) => Promise<T>,
): Promise<T> {
  const postgres = await startPostgres({ dataDir, isolated: true });
  try {
    const { url } = await postgres.openDatabase('ledger');
    const ledger = await openProductionLedger(url);
    try {
      return await body(ledger, postgres);
    } finally {
      await ledger.stop();
    }
  } finally {
    await postgres.stop();
  }
}

/** Returns how many calls the kill cut off. */
async function loadUntilKilled(
  load: JobLoad,
  ledger: Parameters<JobLoad['run']>[1],
  postgres: Postgres,
  plan: KillPlan,
): Promise<number> {
  let done = 0;
  let cutOff = 0;
  const caller = async () => {
    while (cutOff === 0) {
      await load.run(load.next(), ledger);
      done += 1;
      if (done === plan.jobsPerKill) process.kill(postgres.pid as number, 'SIGKILL');
    }
  };
  await Promise.all(
    Array.from({ length: plan.callers }, () =>
      caller().catch((error: unknown) => {
        if (done < plan.jobsPerKill) throw error; // nothing was killed yet
        cutOff += 1;
      }),
    ),
  );
  return cutOff;
}

/** In the order in which the captures were first asked for: receipts of a pair are cumulative. */
async function repeatUnanswered(load: JobLoad, ledger: Parameters<JobLoad['run']>[1]): Promise<void> {
  const open = load.jobs.filter(({ captured }) => !captured);
  const earned = (job: (typeof open)[number]) => job.cumulativePicoUsd ?? null;
  const begun = open.filter((job) => earned(job) !== null);
  begun.sort((a, b) => ((earned(a) as bigint) < (earned(b) as bigint) ? -1 : 1));
  await Promise.all(begun.map((job) => load.run(job, ledger)));
  await Promise.all(open.filter((job) => earned(job) === null).map((job) => load.run(job, ledger)));
}

/** A hold is its lease's grant; a capture stands when its pair has captured up to its receipt. */
async function countLost(dataSource: DataSource, { jobs }: JobLoad): Promise<number> {
  const grants: { lease_id: string }[] = await dataSource.query(`SELECT lease_id FROM hold_grant`);
  const granted = new Set(grants.map((row) => row.lease_id));
  const pairs: { pair: string; captured: string }[] = await dataSource.query(
    `SELECT order_hash || enclave_key AS pair, captured_pico_usd AS captured FROM hold_pair`,
  );
  const captured = new Map(pairs.map((row) => [row.pair, BigInt(row.captured)]));
  const isLost = (job: (typeof jobs)[number]) =>
    (job.held && !granted.has(hashOf('lease', job.orderHash, job.id))) ||
    (job.captured &&
      (captured.get(job.orderHash + job.enclaveKey) ?? 0n) < (job.cumulativePicoUsd as bigint));
  return jobs.filter(isLost).length;
}

/** Grants are there once by their key; what was captured must be what all jobs come to. */
async function countNotOnce(dataSource: DataSource, load: JobLoad): Promise<number> {
  const rows: { captured: string }[] = await dataSource.query(
    `SELECT coalesce(sum(captured_pico_usd), 0) AS captured FROM hold_pair`,
  );
  const expected = load.jobs.reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
  const isAnotherSum = BigInt(rows[0]?.captured ?? 0) !== expected;
  const open = load.jobs.filter((job) => !job.captured).length;
  return (await countLost(dataSource, load)) + open + Number(isAnotherSum);
}
