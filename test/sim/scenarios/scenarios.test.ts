import { expect, test } from '@jest/globals';
import type { Scenario } from '../scenario.ts';
import { scenarios } from '../scenarios.ts';

/** The small version of a scenario, all parts in this process. */
async function runSmall(name: string, seed: number) {
  const scenario = (await scenarios[name]?.load()) as Scenario;
  const parts = scenario.parts({ seed, seeds: 1, small: true });
  const found = [];
  for (const part of parts) found.push({ part, result: await scenario.run(part, () => {}) });
  const { figures, ...report } = scenario.report(found);
  const { timings: _, ...untimed } = figures as { timings?: unknown };
  return { ...report, figures: untimed };
}

test.each(Object.keys(scenarios))(
  '%s breaks no invariant, and gives the same figures for the same seed',
  async (name) => {
    const report = await runSmall(name, 1);
    expect(report.ok).toBe(true);
    expect(report.text).not.toMatch(/NaN|undefined|Infinity/);
    expect(report.figures).toEqual((await runSmall(name, 1)).figures);
  },
);

test('another seed is another world', async () => {
  expect((await runSmall('staleness', 2)).figures).not.toEqual((await runSmall('staleness', 1)).figures);
});

test('an auditor finds every censored clearing, and suspects no honest one', async () => {
  const { figures } = await runSmall('censor', 3);
  const { rows } = figures as {
    rows: { rate: number; censored: number; found: number; falseAlarms: number }[];
  };
  for (const { censored, found, falseAlarms } of rows) expect([found, falseAlarms]).toEqual([censored, 0]);
  expect(rows.at(-1)?.censored).toBeGreaterThan(0);
});
