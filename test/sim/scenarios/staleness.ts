import { SimRandom } from '../engine/random.ts';
import { demandFor } from '../market/population.ts';
import { PayAsAsk } from '../market/price-rule.ts';
import { runMarket } from '../market/run-market.ts';
import { type Demand, meanHoldMs } from '../market/sessions.ts';
import type { Scenario } from '../scenario.ts';
import { meanOf } from './statistics.ts';

const CHECKPOINTS_MS = [0, 100, 1_000];
const BUYERS_PER_SECOND = [2, 10, 50];
/** Slots that would stand empty if nothing but capacity mattered. */
const IDLE_SHARE = 0.5;

interface StalenessPart {
  readonly seed: number;
  readonly checkpointMs: number;
  readonly buyersPerSecond: number;
  /** Whether a clearing may pass over homes that have signed since the checkpoint that they are full. */
  readonly citesCounters: boolean;
  readonly measuredMs: number;
}

interface StalenessResult {
  readonly homes: number;
  readonly servedAtOnce: number;
  readonly served: number;
  readonly buyers: number;
}

/** One pool with twice the slots that its buyers need, all of whom can pay every ask. */
function runStaleness({
  seed,
  checkpointMs,
  buyersPerSecond,
  citesCounters,
  measuredMs,
}: StalenessPart): StalenessResult {
  const meanGapMs = 1_000 / buyersPerSecond;
  const demand: Demand = {
    ...demandFor(1, []),
    ...{ meanGapMs, meanJobs: 1, minLimitPpm: 1_000_000, looks: 30, pauseMs: 400 },
  };
  const count = Math.ceil(meanHoldMs(demand) / meanGapMs / IDLE_SHARE);
  const random = new SimRandom(seed, 1);
  const homes = Array.from({ length: count }, (_, index) => ({
    ...{ index, owner: index, slots: 1, qualityPpm: 1_000_000 },
    costPpm: Math.round(random.logUniform(150_000, 900_000)),
  }));
  const { figures } = runMarket({
    ...{ seed, stream: 2, homes, rule: new PayAsAsk(), demand, measuredMs, checkpointMs, citesCounters },
    asksPpm: homes.map(({ costPpm }) => costPpm),
  });
  const { served, servedAtOnce, arrivals } = figures;
  return { homes: count, served, servedAtOnce, buyers: arrivals };
}

export const stalenessScenario: Scenario<StalenessPart, StalenessResult> = {
  defaultSeeds: 3,
  isTimed: false,
  parts: ({ seed, seeds, small }) =>
    Array.from({ length: seeds }, (_, i) => seed + i).flatMap((each) =>
      BUYERS_PER_SECOND.filter((rate) => !small || rate < 10).flatMap((buyersPerSecond) =>
        CHECKPOINTS_MS.flatMap((checkpointMs) =>
          [false, true].map((citesCounters) => ({
            ...{ seed: each, checkpointMs, buyersPerSecond, citesCounters },
            measuredMs: small ? 10_000 : 60_000,
          })),
        ),
      ),
    ),
  run: runStaleness,
  report: (found) => {
    const kinds = new Map(
      found.map(({ part }) => [`${part.buyersPerSecond}/${part.checkpointMs}/${part.citesCounters}`, part]),
    );
    const rows = [...kinds.values()].map(({ buyersPerSecond, checkpointMs, citesCounters }) => {
      const results = found
        .filter(
          ({ part }) =>
            part.buyersPerSecond === buyersPerSecond &&
            part.checkpointMs === checkpointMs &&
            part.citesCounters === citesCounters,
        )
        .map(({ result }) => result);
      return {
        ...{ buyersPerSecond, checkpointMs, citesCounters, homes: meanOf(results, ({ homes }) => homes) },
        servedAtOnce: meanOf(results, ({ servedAtOnce, buyers }) => servedAtOnce / buyers),
        served: meanOf(results, ({ served, buyers }) => served / buyers),
      };
    });
    return {
      ok: true,
      figures: { rows, runs: found.map(({ part, result }) => ({ ...part, ...result })) },
      text: [
        'one pool, half of its slots idle, every buyer can pay every ask; buyers look up to 30 times, 0.4 s apart',
        '',
        'buyers/s  homes  checkpoint at most  newer counters  served at once  served at last',
        ...rows.map(
          (row) =>
            `${String(row.buyersPerSecond).padStart(8)} ${row.homes.toFixed(0).padStart(6)} ${`${row.checkpointMs} ms old`.padStart(19)} ` +
            `${(row.citesCounters ? 'cited' : 'not seen').padStart(15)} ${(100 * row.servedAtOnce).toFixed(1).padStart(13)} % ${(100 * row.served).toFixed(1).padStart(13)} %`,
        ),
        '',
      ].join('\n'),
    };
  },
};
