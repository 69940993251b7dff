import type { EarningsEntry } from '../earnings/earnings-entry.ts';

/** RFC 4180, one line. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvLine(cells: readonly (string | number | bigint)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | bigint): string {
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Exact: a pico-dollar is the twelfth decimal. */
export function usdOfPico(picoUsd: bigint): string {
  const digits = picoUsd.toString().padStart(13, '0');
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`;
}

export const jobColumns = [
  'finished_utc',
  'local_date',
  'job_id',
  'order',
  'enclave',
  'receipt_hash',
  'receipt_sequence',
  'model_digest',
  'outcome',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'gross_usd',
  'energy_wh',
  'energy_basis',
] as const;

const energyBasis = ['none', 'declared', 'estimated', 'measured'];
const outcome = [
  'interim',
  'stop',
  'length',
  'tool_calls',
  'filter',
  'cancelled',
  'provider_error',
  'failed_over',
];

/** One line a job, in the order of the books; of an interrupted job the last receipt. */
export function jobRow(
  entry: Extract<EarningsEntry, { kind: 'job' }>,
  dayOf: (atMs: number) => string,
): string {
  return csvLine([
    new Date(entry.finishedAtMs).toISOString(),
    dayOf(entry.finishedAtMs),
    entry.jobId,
    entry.orderHash,
    entry.enclaveKey,
    entry.receiptHash,
    entry.sequence,
    entry.modelDigest,
    outcome[entry.outcome] ?? entry.outcome,
    entry.inputTokens,
    entry.cachedInputTokens,
    entry.outputTokens,
    usdOfPico(entry.amountPicoUsd),
    (Number(entry.energyMilliJoules) / 3_600_000).toFixed(6),
    energyBasis[entry.energyBasis] ?? 'none',
  ]);
}

export const payoutColumns = [
  'seen_utc',
  'local_date',
  'order',
  'enclave',
  'paid_usd',
  'paid_in_all_usd',
] as const;

/** One line each time that the chain was seen to have paid more, before the market's fee. */
export function payoutRow(
  entry: Extract<EarningsEntry, { kind: 'paid' }>,
  paidBeforeMicroUsd: bigint,
  dayOf: (atMs: number) => string,
): string {
  const usd = (microUsd: bigint) => usdOfPico(microUsd * 1_000_000n);
  return csvLine([
    new Date(entry.atMs).toISOString(),
    dayOf(entry.atMs),
    entry.orderHash,
    entry.enclaveKey,
    usd(entry.paidMicroUsd - paidBeforeMicroUsd),
    usd(entry.paidMicroUsd),
  ]);
}
