import { modes as allModes } from '@hearth/provider-agent/energy';
import { SimRandom } from '../engine/random.ts';
import { grid } from '../home/grid.ts';
import { household } from '../home/household.ts';
import type { LongestS } from '../home/limit-watch.ts';
import { CYCLE_S } from '../home/policy-driver.ts';
import { costWithoutNode, type HomeRun, type HomeWeek, runHome } from '../home/run-home.ts';
import { seasons } from '../home/seasons.ts';
import { sensorFaults } from '../home/sensor-faults.ts';
import { LAG_S } from '../home/sim-node.ts';
import type { Scenario } from '../scenario.ts';
import { meanOf } from './statistics.ts';

const modes = [...allModes.filter((mode) => mode !== 'off'), 'always'] as const;
type HomeMode = (typeof modes)[number];

interface HomePart {
  readonly seed: number;
  readonly season: number;
  readonly days: number;
}

interface HomeResult {
  readonly faults: number;
  readonly events: number;
  /** USD a week beside the same house without a node, which is what "never on" earns. */
  readonly netUsd: Record<HomeMode, number>;
  readonly runs: Record<HomeMode, HomeRun>;
}

/**
 * Longest breach in seconds. Honest meters: one cycle and what the node takes to obey. A meter that has gone silent is
 * noticed after 2.5 of its intervals; one that repeats itself after 6 cycles, any other liar sooner.
 */
const mostS = {
  overLimitS: { honest: CYCLE_S + LAG_S, silent: 13 + CYCLE_S + LAG_S, lying: 7 * CYCLE_S + LAG_S },
  underReserveS: {
    honest: 2 * CYCLE_S + LAG_S,
    silent: 13 + 2 * CYCLE_S + LAG_S,
    lying: 7 * CYCLE_S + LAG_S,
  },
} as const;
const MOST_STARTS = 6;
const MOST_EMERGENCY_S = 30;

function runWeek({ seed, season: index, days }: HomePart, tell: (progress: string) => void): HomeResult {
  const season = seasons[index];
  if (!season) throw new Error(`no season ${index}`);
  // Every season of a seed is a world of its own.
  const worldSeed = seed * seasons.length + index;
  const faults = sensorFaults(new SimRandom(worldSeed, 40), days);
  const outside = grid(season, worldSeed, days);
  const week: HomeWeek = {
    seed: worldSeed,
    season,
    household: household(season, worldSeed, days),
    outside,
    faults,
  };
  const baseline = costWithoutNode(week);
  const runs = Object.fromEntries(modes.map((mode) => [mode, runHome(week, mode)])) as HomeResult['runs'];
  const netUsd = Object.fromEntries(
    modes.map((mode) => [mode, round(runs[mode].earnedUsd - (runs[mode].houseCost - baseline))]),
  ) as HomeResult['netUsd'];
  tell(`seed ${seed}, ${season.name}: net ${modes.map((mode) => `${mode} ${netUsd[mode]}`).join(', ')}`);
  return { faults: faults.length, events: outside.events.length, netUsd, runs };
}

export const homeScenario: Scenario<HomePart, HomeResult> = {
  defaultSeeds: 20,
  isTimed: false,
  parts: ({ seed, seeds, small }) =>
    Array.from({ length: seeds }, (_, i) => seed + i).flatMap((each) =>
      (small ? [1] : seasons.map((_, index) => index)).map((season) => ({
        seed: each,
        season,
        days: small ? 0.25 : 7,
      })),
    ),
  run: runWeek,
  report: (found) => {
    const breaches = found.flatMap(({ part, result }) => breachesOf(part, result));
    const rows = seasons.flatMap(({ name }, season) => {
      const results = found.filter(({ part }) => part.season === season).map(({ result }) => result);
      return results.length === 0 ? [] : modes.map((mode) => rowOf(name, mode, results));
    });
    return {
      ok: breaches.length === 0,
      figures: {
        mostS,
        rows,
        breaches,
        runs: found.map(({ part, result }) => ({ ...part, ...result })),
      },
      text: textOf(rows, breaches),
    };
  },
};

/** "Always on" has no policy: what it breaks is shown, not judged. */
function breachesOf({ seed, season }: HomePart, { runs }: HomeResult): string[] {
  return modes
    .filter((mode) => mode !== 'always')
    .flatMap((mode) => {
      const run = runs[mode];
      const found: string[] = [];
      const check = (what: string, most: number, got: number) => {
        if (got > most)
          found.push(
            `seed ${seed}, ${seasons[season]?.name}, ${mode}: ${what}: at most ${most}, found ${got}`,
          );
      };
      for (const limit of ['overLimitS', 'underReserveS'] as const)
        for (const sensors of ['honest', 'silent', 'lying'] as const)
          check(`${limit} with ${sensors} sensors`, mostS[limit][sensors], run[limit][sensors]);
      check('starts an hour', MOST_STARTS, run.mostStartsPerHour);
      check('seconds to obey an emergency', MOST_EMERGENCY_S, run.emergencyAnswerS);
      return found;
    });
}

function rowOf(season: string, mode: HomeMode, results: readonly HomeResult[]) {
  const runs = results.map((result) => result.runs[mode]);
  const longest = (limit: 'overLimitS' | 'underReserveS'): LongestS => ({
    honest: Math.max(...runs.map((run) => run[limit].honest)),
    silent: Math.max(...runs.map((run) => run[limit].silent)),
    lying: Math.max(...runs.map((run) => run[limit].lying)),
  });
  return {
    season,
    mode,
    weeks: runs.length,
    netUsdPerWeek: round(meanOf(results, ({ netUsd }) => netUsd[mode])),
    kwhPerWeek: round(meanOf(runs, ({ nodeKwh }) => nodeKwh)),
    hoursAtWork: round(meanOf(runs, ({ hoursAtWork }) => hoursAtWork)),
    starts: round(meanOf(runs, ({ starts }) => starts)),
    safeStops: round(meanOf(runs, ({ safeStops }) => safeStops)),
    mostStartsPerHour: Math.max(...runs.map((run) => run.mostStartsPerHour)),
    overLimitS: longest('overLimitS'),
    underReserveS: longest('underReserveS'),
    emergencyAnswerS: Math.max(...runs.map((run) => run.emergencyAnswerS)),
  };
}

function textOf(rows: readonly ReturnType<typeof rowOf>[], breaches: readonly string[]): string {
  const cell = (value: number | string, width: number) => String(value).padStart(width);
  const seconds = ({ honest, silent, lying }: LongestS) => cell(`${honest}/${silent}/${lying}`, 15);
  return [
    'means over the weeks; net beside a house without a node (never on: 0); longest breaches in seconds with',
    'honest/silent/lying sensors, node at work; "always" runs at full power whatever happens',
    '',
    'season  mode       net $/week   kWh  h at work  starts  stops  starts/h  over a limit    under reserve  emergency',
    ...rows.map(
      (row) =>
        `${row.season.padEnd(7)} ${row.mode.padEnd(10)} ${cell(row.netUsdPerWeek.toFixed(2), 10)} ${cell(row.kwhPerWeek.toFixed(0), 5)} ${cell(row.hoursAtWork.toFixed(1), 10)} ${cell(row.starts.toFixed(0), 7)} ${cell(row.safeStops.toFixed(0), 6)} ${cell(row.mostStartsPerHour, 9)} ${seconds(row.overLimitS)} ${seconds(row.underReserveS)} ${cell(row.emergencyAnswerS, 9)}`,
    ),
    '',
    breaches.length === 0 ? 'no invariant broke' : breaches.join('\n'),
    '',
  ].join('\n');
}

const round = (value: number) => Math.round(value * 100) / 100;
