import { SimRandom } from '../engine/random.ts';
import { asksOf, bestResponses } from '../market/best-response.ts';
import type { Figures } from '../market/figures.ts';
import type { HomeProfile } from '../market/home.ts';
import { Merit } from '../market/merit.ts';
import { demandFor, population } from '../market/population.ts';
import { PayAsAsk } from '../market/price-rule.ts';
import { runMarket } from '../market/run-market.ts';
import { isNewcomer } from '../market/table-before.ts';
import type { Scenario } from '../scenario.ts';
import { meanOf, spreadOf } from './statistics.ts';

const rules = { merit: () => new Merit(), 'pay-as-ask': () => new PayAsAsk() };
const LOADS = [0.3, 0.6, 0.85];
/** What owners do not learn from: the buyers of the final figures are others than those of the rounds. */
const FINAL_STREAM = 1_000;
const RECORDS_STREAM = 2_000;

interface LoadPart {
  readonly seed: number;
  readonly load: number;
  readonly rule: keyof typeof rules;
  readonly owners: number;
  readonly rounds: number;
  readonly measuredMs: number;
}

interface MarketSummary {
  readonly pricePpm: number;
  readonly markup: number;
  readonly shareServed: number;
}

interface RecordsSummary {
  /** Jobs that came to nothing, of all. */
  readonly shareLost: number;
  /** Tokens sold by newcomers, of all; and what they would be by their slots. */
  readonly newcomerShare: number;
  readonly newcomerSlots: number;
  readonly ejections: number;
}

interface LoadResult {
  readonly homes: number;
  /** Everybody asks its cost. */
  readonly honest: MarketSummary;
  /** After the best responses. */
  readonly settled: MarketSummary;
  /** The same asks with the checkpoints, the patience and the records of production: homes lose jobs, one owner of eight is new. */
  readonly production: MarketSummary & RecordsSummary;
  readonly windowPriced: number;
  readonly movingOwners: number;
}

function runLoad(part: LoadPart, tell: (progress: string) => void): LoadResult {
  const { seed, load, rule, owners, rounds, measuredMs } = part;
  const homes = population(owners, new SimRandom(seed, 1));
  const demand = demandFor(load, homes);
  const play = (asksPpm: readonly number[], stream: number) =>
    runMarket({ seed, stream, homes, asksPpm, rule: rules[rule](), demand, measuredMs, checkpointMs: 0 });
  const { markups, moving } = bestResponses({
    seed,
    homes,
    rounds,
    profits: (asksPpm, round) => play(asksPpm, 100 + round).figures.profitByOwner,
  });
  const honest = play(
    homes.map(({ costPpm }) => costPpm),
    FINAL_STREAM,
  );
  const asksPpm = asksOf(homes, markups);
  const settled = play(asksPpm, FINAL_STREAM);
  const production = runMarket({
    ...{ seed, stream: FINAL_STREAM, homes, asksPpm, rule: rules[rule](), measuredMs },
    demand: { ...demand, looks: 30, pauseMs: 400 },
    checkpointMs: 1_000,
    records: new SimRandom(seed, RECORDS_STREAM),
  });
  tell(`seed ${seed}, ${100 * load} % load, ${rule}: ${settled.figures.pricePpm} ppm of the card`);
  return {
    homes: homes.length,
    honest: summaryOf(honest.figures),
    settled: summaryOf(settled.figures),
    production: { ...summaryOf(production.figures), ...recordsOf(production, homes) },
    windowPriced: settled.market.windowPriced / settled.market.clearings,
    movingOwners: moving,
  };
}

function recordsOf(
  { market: { records }, figures }: ReturnType<typeof runMarket>,
  homes: readonly HomeProfile[],
): RecordsSummary {
  const newcomerTokens = figures.tokensByOwner
    .filter((_, owner) => isNewcomer({ owner }))
    .reduce((sum, tokens) => sum + tokens, 0);
  return {
    shareLost: (records?.lostJobs ?? 0) / (records?.endedJobs ?? 1),
    newcomerShare: newcomerTokens / figures.tokens,
    newcomerSlots: homes.filter(isNewcomer).length / homes.length,
    ejections: records?.ejections.length ?? 0,
  };
}

const summaryOf = ({ pricePpm, markup, shareServed }: Figures): MarketSummary => ({
  pricePpm,
  markup,
  shareServed,
});

export const loadScenario: Scenario<LoadPart, LoadResult> = {
  defaultSeeds: 10,
  isTimed: false,
  parts: ({ seed, seeds, small }) => {
    const size = small
      ? { owners: 5, rounds: 1, measuredMs: 30_000 }
      : { owners: 24, rounds: 6, measuredMs: 160_000 };
    return Array.from({ length: seeds }, (_, i) => seed + i).flatMap((each) =>
      LOADS.flatMap((load) =>
        (['merit', 'pay-as-ask'] as const).map((rule) => ({ seed: each, load, rule, ...size })),
      ),
    );
  },
  run: runLoad,
  report: (found) => {
    const rows = LOADS.flatMap((load) =>
      (['merit', 'pay-as-ask'] as const).map((rule) =>
        rowOf(
          load,
          rule,
          found.filter(({ part }) => part.load === load && part.rule === rule).map(({ result }) => result),
        ),
      ),
    );
    return {
      ok: true,
      figures: { rows, runs: found.map(({ part, result }) => ({ ...part, ...result })) },
      text: textOf(rows),
    };
  },
};

function rowOf(load: number, rule: LoadPart['rule'], results: readonly LoadResult[]) {
  const summary = (which: 'honest' | 'settled' | 'production') => ({
    pricePpm: Math.round(meanOf(results, (result) => result[which].pricePpm)),
    markup: meanOf(results, (result) => result[which].markup),
    shareServed: meanOf(results, (result) => result[which].shareServed),
  });
  return {
    load,
    rule,
    seeds: results.length,
    honest: summary('honest'),
    settled: { ...summary('settled'), priceSpreadPpm: spreadOf(results, ({ settled }) => settled.pricePpm) },
    production: {
      ...summary('production'),
      shareLost: meanOf(results, ({ production }) => production.shareLost),
      newcomerShare: meanOf(results, ({ production }) => production.newcomerShare),
      newcomerSlots: meanOf(results, ({ production }) => production.newcomerSlots),
      ejections: meanOf(results, ({ production }) => production.ejections),
    },
    windowPriced: meanOf(results, ({ windowPriced }) => windowPriced),
    movingOwners: meanOf(results, ({ movingOwners }) => movingOwners),
  };
}

function textOf(rows: readonly ReturnType<typeof rowOf>[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const cells = ({ pricePpm, markup, shareServed }: MarketSummary) =>
    `${String(Math.round(pricePpm / 1_000)).padStart(5)} ×${markup.toFixed(2)} ${percent(shareServed).padStart(7)}`;
  return [
    'price in thousandths of the card, asks over costs, share of buyers served; means over the seeds',
    '',
    'load  rule        asking cost          best responses       as in production     windows  moving',
    ...rows.map(
      ({ load, rule, honest, settled, production, windowPriced, movingOwners }) =>
        `${`${100 * load} %`.padEnd(5)} ${rule.padEnd(11)} ${cells(honest)}  ${cells(settled)}  ${cells(production)}  ${percent(windowPriced).padStart(7)}  ${movingOwners.toFixed(1).padStart(5)}`,
    ),
    '',
    'windows: clearings priced by a window; moving: owners that still changed their asks in the last round',
    'as in production: checkpoints a second old, buyers that look 30 times, homes that lose jobs, tables every 30 s;',
    ...rows.map(
      ({ load, rule, production }) =>
        `  ${100 * load} % ${rule}: ${percent(production.shareLost)} of jobs lost, newcomers have ${percent(production.newcomerSlots)} of the slots and sell ${percent(production.newcomerShare)} of the tokens, ${production.ejections.toFixed(1)} ejections`,
    ),
    '',
  ].join('\n');
}
