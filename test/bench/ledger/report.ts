import type { BenchReport } from '../bench.ts';
import { median, rounded } from '../statistics.ts';
import { type InvariantBreaks, totalBreaks } from './invariants.ts';
import type { LoadFigures } from './job-load.ts';
import type { KilledPostgresFigures } from './killed-postgres.ts';

/** Times the hot row's hold + capture per second (design/quality.md), with all jobs on one order: this ledger's own hot rows. */
const GOAL = 10;

const method =
  'A job is one hold and one capture, each answered when durable. Group commit: the production ledger (HoldService, ' +
  'CaptureService, schema, triggers, a signed Hold per pair and batch), all callers in one process. Hot row: a stored ' +
  'procedure and transaction per operation with CHECKed balances and double entries; every capture updates one fee row. ' +
  'Same server, rounds in turn; figures are medians, ratios medians of the ratios within a round. The goal is about one ' +
  'order, where holds and captures of a pair share transfers and signatures; spread out, nearly every job has its own.';

export interface LedgerRound {
  readonly hotRow: LoadFigures;
  /** All jobs on one order: its rows are the hottest that this ledger has. */
  readonly oneOrder: LoadFigures;
  readonly manyOrders: LoadFigures;
}

export interface LedgerMeasurement {
  readonly rounds: readonly LedgerRound[];
  readonly breaks: InvariantBreaks;
  readonly durable: Readonly<Record<string, string>>;
  readonly killed: KilledPostgresFigures;
  readonly setup: object;
}

export function ledgerReport({ rounds, breaks, durable, killed, setup }: LedgerMeasurement): BenchReport {
  const ratioOf = (side: 'oneOrder' | 'manyOrders') =>
    rounded(median(rounds.map((round) => round[side].jobsPerSecond / round.hotRow.jobsPerSecond)), 3);
  const ratios = { oneOrder: ratioOf('oneOrder'), manyOrders: ratioOf('manyOrders') };
  const met = ratios.oneOrder >= GOAL;
  const isDurable = Object.values(durable).every((setting) => setting === 'on');
  const wrong = totalBreaks(breaks) + totalBreaks(killed.breaks) + killed.lost + killed.notOnce;
  const figures = {
    hotRow: middle(rounds.map((round) => round.hotRow)),
    oneOrder: middle(rounds.map((round) => round.oneOrder)),
    manyOrders: middle(rounds.map((round) => round.manyOrders)),
    ratios,
    goal: GOAL,
    met,
    durable,
    invariantBreaks: breaks,
    killed,
    perRound: rounds.map((round) => ({
      hotRow: round.hotRow.jobsPerSecond,
      oneOrder: round.oneOrder.jobsPerSecond,
      manyOrders: round.manyOrders.jobsPerSecond,
    })),
    setup,
    method,
  };
  return { figures, text: textOf(figures, wrong), ok: met && isDurable && wrong === 0 };
}

function middle(runs: readonly LoadFigures[]): Omit<LoadFigures, 'jobs'> {
  const of = (key: 'jobsPerSecond' | 'p50Ms' | 'p99Ms') => rounded(median(runs.map((run) => run[key])));
  return { jobsPerSecond: of('jobsPerSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') };
}

interface Figures {
  readonly hotRow: Omit<LoadFigures, 'jobs'>;
  readonly oneOrder: Omit<LoadFigures, 'jobs'>;
  readonly manyOrders: Omit<LoadFigures, 'jobs'>;
  readonly ratios: { readonly oneOrder: number; readonly manyOrders: number };
  readonly met: boolean;
  readonly killed: KilledPostgresFigures;
}

function textOf({ hotRow, oneOrder, manyOrders, ratios, met, killed }: Figures, wrong: number): string {
  const line = (name: string, side: Omit<LoadFigures, 'jobs'>, ratio?: number) =>
    `${name.padEnd(12)} ${side.jobsPerSecond.toFixed().padStart(6)} hold+capture/s   p50 ${side.p50Ms} ms   p99 ${side.p99Ms} ms` +
    `${ratio === undefined ? '' : `   ${ratio} ×`}\n`;
  return (
    line('hot row', hotRow) +
    line('one order', oneOrder, ratios.oneOrder) +
    line('1000 orders', manyOrders, ratios.manyOrders) +
    `goal ${GOAL} × on one order: ${met ? 'met' : 'MISSED'}\n` +
    `kill -9 of Postgres, ${killed.kills} times: ${killed.acknowledgedCaptures} jobs, ${killed.unanswered} calls cut off, ` +
    `${killed.lost} acknowledged lost, ${killed.notOnce} not there exactly once\n` +
    `${wrong === 0 ? 'every invariant exact' : `WRONG: ${wrong}`}\n${method}\n`
  );
}
