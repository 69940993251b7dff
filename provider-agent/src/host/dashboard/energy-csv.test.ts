import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { IntervalLog } from '../../energy/evidence/interval-log.ts';
import { QUARTER_MS } from '../../energy/forecast/quarter.ts';
import { energyCsv } from './energy-csv.ts';
import { localDay } from './local-day.ts';

test('E23: the energy export sums to the log to the millijoule, and a day of the change of time has 25 hours', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-energy-csv-'));
  const path = join(folder, 'energy.ndjson');
  const log = await IntervalLog.open(path);
  const fromMs = Date.UTC(2026, 9, 24, 22); // midnight in Berlin, before the night with one hour more
  let whole = 0;
  for (let index = 0; index < 101; index += 1) {
    const milliJoules = 1_000_003 * (index + 1);
    whole += milliJoules;
    const startMs = fromMs + index * QUARTER_MS;
    await log.append({
      ...{ v: 1, startMs, endMs: startMs + QUARTER_MS, idleMilliJoules: 7, unallocatedMilliJoules: -3 },
      nodeEnergy: {
        ...{ milliJoules, basis: 'measured', instrument: '=plug, 1', scope: 'wall', attested: false },
      },
      jobs: [{ jobId: '0x1', milliJoules: milliJoules - 4, basis: 'estimated' }],
      source: { solarWh: 1, batteryWh: 0, importWh: 2, basis: 'estimated', method: 'site-netting v1' },
      cost: { amount: 0.0123, currency: 'EUR', basis: 'estimated' },
      ...{ signedReadings: ['OCMF'], rawDigest: `0x${'00'.repeat(32)}` },
    });
  }
  const lines: string[] = [];
  for await (const line of energyCsv(path, localDay('Europe/Berlin'))) lines.push(line);
  rmSync(folder, { recursive: true });
  const [head = '', ...rows] = lines;
  const column = (name: string) => head.trim().split(',').indexOf(name);
  const cells = rows.map((row) =>
    row
      .trim()
      .replace(/"[^"]*"/, 'instrument')
      .split(','),
  );
  const sum = (name: string) => cells.reduce((total, row) => total + Number(row[column(name)]), 0);
  expect(sum('node_millijoules')).toBe(whole);
  expect(sum('jobs_millijoules') + sum('idle_millijoules') + sum('unallocated_millijoules')).toBe(whole);
  expect(cells.filter((row) => row[column('local_date')] === '2026-10-25')).toHaveLength(100);
  expect(rows[0]).toContain(`"'=plug, 1"`); // no spreadsheet takes an instrument for a formula
});

test('E23: a home without an energy log exports the head alone', async () => {
  const lines: string[] = [];
  for await (const line of energyCsv('/nowhere/energy.ndjson', localDay('UTC'))) lines.push(line);
  expect(lines).toHaveLength(1);
});
