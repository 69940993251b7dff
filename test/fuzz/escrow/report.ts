import type { EscrowReport } from './run.ts';

/** What happened how often, for people. */
export function escrowReportText(
  { outcomes, orders }: EscrowReport,
  operations: number,
  seed: number,
  seconds: number,
): string {
  const rows = Object.entries(outcomes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name.padEnd(60)} ${String(count).padStart(6)}`);
  return [
    ...rows,
    '',
    `${operations} transactions, ${orders} orders, in ${seconds.toFixed(0)} s; seed ${seed}: contracts and model agree after each`,
    '',
  ].join('\n');
}
