import { SimRandom } from '../engine/random.ts';
import { asksOf, bestResponses } from '../market/best-response.ts';
import type { HomeProfile } from '../market/home.ts';
import { Merit } from '../market/merit.ts';
import { demandFor, population } from '../market/population.ts';
import { runMarket } from '../market/run-market.ts';
import type { Scenario } from '../scenario.ts';
import { meanOf } from './statistics.ts';

const LOAD = 0.6;
/** Shares of all slots whose owners set their asks together. */
const RINGS = [0.3, 0.5];
const FINAL_STREAM = 1_000;
const RECORDS_STREAM = 2_000;
const CEILING_OVER_MEDIAN = 1.5;

interface RingPart {
  readonly seed: number;
  readonly owners: number;
  readonly rounds: number;
  readonly measuredMs: number;
}

interface RingOutcome {
  readonly ringShare: number;
  readonly ceilingPpm: number | undefined;
  readonly pricePpm: number;
  readonly shareServed: number;
  /** What the members earn together, over what the same owners earn when each decides alone. */
  readonly ringGain: number;
}

interface RingResult {
  /** Everybody decides alone. */
  readonly alone: { readonly pricePpm: number; readonly shareServed: number };
  readonly rings: readonly RingOutcome[];
}

function runRing(
  { seed, owners, rounds, measuredMs }: RingPart,
  tell: (progress: string) => void,
): RingResult {
  const homes = population(owners, new SimRandom(seed, 1));
  const demand = demandFor(LOAD, homes);
  const settle = (members: ReadonlySet<number>, ceilingPpm: number | undefined) => {
    const play = (asksPpm: readonly number[], stream: number) => {
      const rule = new Merit(ceilingPpm);
      // Owners learn from undisturbed rounds; what is reported has lost jobs, tables, newcomers and ejections in it.
      const records = stream === FINAL_STREAM ? { records: new SimRandom(seed, RECORDS_STREAM) } : {};
      const ran = runMarket({
        ...{ seed, stream, homes, asksPpm, rule, demand, measuredMs, checkpointMs: 0 },
        ...records,
      });
      return { figures: ran.figures, medianPpm: rule.medianPpm };
    };
    const { markups } = bestResponses({
      seed,
      homes,
      rounds,
      cartelOf: (owner) => (members.has(owner) ? -1 : owner),
      profits: (asksPpm, round) => play(asksPpm, 100 + round).figures.profitByOwner,
    });
    return play(asksOf(homes, markups), FINAL_STREAM);
  };
  const alone = settle(new Set(), undefined);
  const ceiling = Math.floor(CEILING_OVER_MEDIAN * (alone.medianPpm ?? Number.POSITIVE_INFINITY));
  const rings = RINGS.flatMap((ringShare) => {
    const members = ringOf(homes, ringShare);
    const profitOf = (profits: readonly number[]) =>
      [...members].reduce((sum, owner) => sum + (profits[owner] ?? 0), 0);
    return [undefined, ceiling].map((ceilingPpm): RingOutcome => {
      const { figures } = settle(members, ceilingPpm);
      tell(
        `seed ${seed}, ring of ${100 * ringShare} %, ceiling ${ceilingPpm ?? 'off'}: ${figures.pricePpm} ppm`,
      );
      return {
        ringShare,
        ceilingPpm,
        pricePpm: figures.pricePpm,
        shareServed: figures.shareServed,
        ringGain: profitOf(figures.profitByOwner) / profitOf(alone.figures.profitByOwner),
      };
    });
  });
  const { pricePpm, shareServed } = alone.figures;
  return { alone: { pricePpm, shareServed }, rings };
}

/** The first owners who have this share of all slots. */
function ringOf(homes: readonly HomeProfile[], share: number): Set<number> {
  const members = new Set<number>();
  let slots = 0;
  for (const { owner } of homes) {
    if (slots >= share * homes.length) break;
    if (members.has(owner)) continue;
    members.add(owner);
    slots += homes.filter((home) => home.owner === owner).length;
  }
  return members;
}

export const ringScenario: Scenario<RingPart, RingResult> = {
  defaultSeeds: 5,
  isTimed: false,
  parts: ({ seed, seeds, small }) => {
    const size = small
      ? { owners: 5, rounds: 1, measuredMs: 30_000 }
      : { owners: 24, rounds: 5, measuredMs: 160_000 };
    return Array.from({ length: seeds }, (_, i) => ({ seed: seed + i, ...size }));
  },
  run: runRing,
  report: (found) => {
    const results = found.map(({ result }) => result);
    const alone = {
      pricePpm: Math.round(meanOf(results, (result) => result.alone.pricePpm)),
      shareServed: meanOf(results, (result) => result.alone.shareServed),
    };
    const rows = RINGS.flatMap((ringShare) =>
      [false, true].map((hasCeiling) => {
        const outcomes = results.flatMap(({ rings }) =>
          rings.filter(
            (ring) => ring.ringShare === ringShare && (ring.ceilingPpm !== undefined) === hasCeiling,
          ),
        );
        return {
          ringShare,
          hasCeiling,
          pricePpm: Math.round(meanOf(outcomes, ({ pricePpm }) => pricePpm)),
          shareServed: meanOf(outcomes, ({ shareServed }) => shareServed),
          ringGain: meanOf(outcomes, ({ ringGain }) => ringGain),
        };
      }),
    );
    return {
      ok: true,
      figures: { load: LOAD, alone, rows, runs: found.map(({ part, result }) => ({ ...part, ...result })) },
      text: textOf(alone, rows),
    };
  },
};

interface RingRow {
  readonly ringShare: number;
  readonly hasCeiling: boolean;
  readonly pricePpm: number;
  readonly shareServed: number;
  readonly ringGain: number;
}

function textOf(alone: RingResult['alone'], rows: readonly RingRow[]): string {
  const cells = (row: { pricePpm: number; shareServed: number }) =>
    `${String(Math.round(row.pricePpm / 1_000)).padStart(5)} ${(100 * row.shareServed).toFixed(1).padStart(6)} %`;
  return [
    `at ${100 * LOAD} % load, after best responses: price in thousandths of the card, share of buyers served, what the ring earns`,
    'over what its members earn alone; means over the seeds',
    '',
    `nobody together         ${cells(alone)}`,
    ...rows.map(
      (row) =>
        `${`${100 * row.ringShare} % together`.padEnd(14)} ${row.hasCeiling ? 'ceiling' : 'open   '}  ${cells(row)}  ×${row.ringGain.toFixed(2)}`,
    ),
    '',
  ].join('\n');
}
