import { SimRandom } from '../engine/random.ts';
import { Censor } from '../market/censor.ts';
import { Merit } from '../market/merit.ts';
import { demandFor, population } from '../market/population.ts';
import { runMarket } from '../market/run-market.ts';
import type { Scenario } from '../scenario.ts';

/** Share of clearings from which the operator hides the ask that would win. */
const RATES = [0, 0.01, 0.05];
const PROBES = 500;

interface CensorPart {
  readonly seed: number;
  readonly rate: number;
  readonly repetitions: number;
  readonly probes: number;
  readonly owners: number;
}

interface CensorResult {
  readonly clearings: number;
  readonly censored: number;
  /** Censored clearings that do not replay from the log. */
  readonly found: number;
  /** Honest clearings that do not replay: must be none. */
  readonly falseAlarms: number;
  /** Repetitions in which `probes` clearings, one after the other, hold at least one that does not replay. */
  readonly caughtByProbes: number;
}

/** Runs markets until enough clearings are there for every repetition, and counts what an auditor would see. */
function runCensor({ seed, rate, repetitions, probes, owners }: CensorPart): CensorResult {
  const homes = population(owners, new SimRandom(seed, 1));
  const demand = demandFor(0.3, homes);
  const result = { clearings: 0, censored: 0, found: 0, falseAlarms: 0, caughtByProbes: 0 };
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const censor = new Censor(new SimRandom(seed, 10_000 + repetition), rate, homes);
    runMarket({
      seed,
      stream: 20_000 + repetition,
      homes,
      asksPpm: homes.map(({ costPpm }) => costPpm),
      rule: new Merit(),
      demand,
      measuredMs: 1.3 * probes * demand.meanGapMs,
      checkpointMs: 0,
      clear: censor.clear,
    });
    const probed = censor.audits.slice(0, probes);
    if (probed.length < probes) throw new Error(`expected ${probes} clearings, got ${probed.length}`);
    result.clearings += censor.audits.length;
    for (const { isCensored, replays } of censor.audits) {
      if (isCensored) result.censored += 1;
      if (isCensored && !replays) result.found += 1;
      if (!isCensored && !replays) result.falseAlarms += 1;
    }
    if (probed.some(({ replays }) => !replays)) result.caughtByProbes += 1;
  }
  return result;
}

export const censorScenario: Scenario<CensorPart, CensorResult> = {
  defaultSeeds: 4,
  isTimed: false,
  parts: ({ seed, seeds, small }) => {
    const size = small
      ? { repetitions: 2, owners: 5, probes: 60 }
      : { repetitions: 50, owners: 10, probes: PROBES };
    return Array.from({ length: seeds }, (_, i) => seed + i).flatMap((each) =>
      RATES.map((rate) => ({ seed: each, rate, ...size })),
    );
  },
  run: runCensor,
  report: (found) => {
    const rows = RATES.map((rate) => {
      const parts = found.filter(({ part }) => part.rate === rate);
      const sum = (value: (result: CensorResult) => number) =>
        parts.reduce((total, { result }) => total + value(result), 0);
      const repetitions = parts.reduce((total, { part }) => total + part.repetitions, 0);
      const probes = parts[0]?.part.probes ?? PROBES;
      return {
        rate,
        probes,
        repetitions,
        clearings: sum(({ clearings }) => clearings),
        censored: sum(({ censored }) => censored),
        found: sum((result) => result.found),
        falseAlarms: sum(({ falseAlarms }) => falseAlarms),
        caughtShare: sum(({ caughtByProbes }) => caughtByProbes) / repetitions,
        expectedShare: 1 - (1 - rate) ** probes,
      };
    });
    return {
      ok: rows.every(({ falseAlarms, censored, found: seen }) => falseAlarms === 0 && seen === censored),
      figures: { rows, runs: found.map(({ part, result }) => ({ ...part, ...result })) },
      text: textOf(rows),
    };
  },
};

interface CensorRow {
  readonly rate: number;
  readonly probes: number;
  readonly repetitions: number;
  readonly clearings: number;
  readonly censored: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly caughtShare: number;
  readonly expectedShare: number;
}

function textOf(rows: readonly CensorRow[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    'an operator hides the winning ask; each clearing is computed again from the log that holds every ask',
    '',
    ...rows.map(
      (row) =>
        `censors ${percent(row.rate).padStart(5)}: ${row.found} of ${row.censored} censored clearings found, ${row.falseAlarms} false alarms in ${row.clearings}; ` +
        `${row.probes} probes caught it in ${percent(row.caughtShare)} of ${row.repetitions} repetitions (expected ${percent(row.expectedShare)})`,
    ),
    '',
  ].join('\n');
}
