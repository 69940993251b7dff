import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseJson } from '@hearth/sdk/protocol';
import { type IntervalRecord, intervalRecord } from '../../energy/evidence/interval-record.ts';
import { csvLine } from './csv.ts';

const columns = [
  'start_utc',
  'local_date',
  'node_millijoules',
  'idle_millijoules',
  'jobs_millijoules',
  'unallocated_millijoules',
  'node_kwh',
  'basis',
  'scope',
  'instrument',
  'solar_kwh',
  'battery_kwh',
  'import_kwh',
  'cost',
  'currency',
  'grams_per_kwh',
  'signed_readings',
] as const;

/** The records of a home, one line each, as they stand in its log: whole millijoules sum to the ledger's. */
export async function* energyCsv(path: string, dayOf: (atMs: number) => string): AsyncGenerator<string> {
  yield csvLine([...columns]);
  const file = createReadStream(path, 'utf8');
  const isThere = await Promise.race([
    once(file, 'open').then(() => true),
    once(file, 'error').then(() => false),
  ]).catch(() => false);
  if (!isThere) return; // a home without `energy:` has none
  for await (const line of createInterface({ input: file })) {
    const record = intervalRecord.safeParse(parseJson(line));
    if (record.success) yield row(record.data, dayOf);
  }
}

function row(record: IntervalRecord, dayOf: (atMs: number) => string): string {
  const { startMs, nodeEnergy, idleMilliJoules, jobs, unallocatedMilliJoules, source, cost, grid } = record;
  const kwh = (wattHours: number) => (wattHours / 1_000).toFixed(9);
  return csvLine([
    new Date(startMs).toISOString(),
    dayOf(startMs),
    nodeEnergy.milliJoules,
    idleMilliJoules,
    jobs.reduce((sum, { milliJoules }) => sum + milliJoules, 0),
    unallocatedMilliJoules,
    kwh(nodeEnergy.milliJoules / 3_600_000),
    nodeEnergy.basis,
    nodeEnergy.scope,
    nodeEnergy.instrument,
    kwh(source.solarWh),
    kwh(source.batteryWh),
    kwh(source.importWh),
    cost.amount.toFixed(6),
    cost.currency,
    grid ? grid.gramsPerKwh.toFixed(1) : '',
    record.signedReadings.length,
  ]);
}
