import type { Earnings } from '../earnings/earnings.ts';
import { isInterim } from '../earnings/earnings-book.ts';
import type { JobEntry } from '../earnings/earnings-entry.ts';
import { pairId } from '../journal/journal-state.ts';
import { csvLine, jobColumns, jobRow, payoutColumns, payoutRow } from './csv.ts';
import { energyCsv } from './energy-csv.ts';

export type ExportName = 'jobs' | 'payouts' | 'energy';
export const exportNames: readonly ExportName[] = ['jobs', 'payouts', 'energy'];

/**
 * For the tax office: every job, or every payment, that this node has ever seen; and its energy, by quarter of an hour. Bounded
 * memory for any number of lines.
 *
 * @param energyLog file of interval records
 */
export async function* exportCsv(
  name: ExportName,
  earnings: Earnings,
  dayOf: (atMs: number) => string,
  energyLog: string,
): AsyncGenerator<string> {
  if (name === 'energy') yield* energyCsv(energyLog, dayOf);
  else if (name === 'jobs') yield* jobsCsv(earnings, dayOf);
  else yield* payoutsCsv(earnings, dayOf);
}

/** A job that has an interim line and a later one gets two rows, the second with the rest: the sum is the ledger's. */
async function* jobsCsv(earnings: Earnings, dayOf: (atMs: number) => string): AsyncGenerator<string> {
  yield csvLine([...jobColumns]);
  const interim = new Map<JobEntry['jobId'], JobEntry>();
  for await (const entry of earnings.entries()) {
    if (entry.kind !== 'job') continue;
    const before = interim.get(entry.jobId);
    if (before && before.sequence >= entry.sequence) continue;
    if (isInterim(entry)) interim.set(entry.jobId, entry);
    else interim.delete(entry.jobId);
    yield jobRow(before ? restOf(entry, before) : entry, dayOf);
  }
}

const restOf = (entry: JobEntry, before: JobEntry): JobEntry => ({
  ...entry,
  amountPicoUsd: entry.amountPicoUsd - before.amountPicoUsd,
  inputTokens: entry.inputTokens - before.inputTokens,
  cachedInputTokens: entry.cachedInputTokens - before.cachedInputTokens,
  outputTokens: entry.outputTokens - before.outputTokens,
  energyMilliJoules: entry.energyMilliJoules - before.energyMilliJoules,
});

async function* payoutsCsv(earnings: Earnings, dayOf: (atMs: number) => string): AsyncGenerator<string> {
  yield csvLine([...payoutColumns]);
  const paid = new Map<string, bigint>();
  for await (const entry of earnings.entries()) {
    if (entry.kind !== 'paid') continue;
    const id = pairId(entry.orderHash, entry.enclaveKey);
    const before = paid.get(id) ?? 0n;
    if (entry.paidMicroUsd <= before) continue;
    paid.set(id, entry.paidMicroUsd);
    yield payoutRow(entry, before, dayOf);
  }
}
