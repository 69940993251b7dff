import { SimRandom } from '../engine/random.ts';
import { Merit } from '../market/merit.ts';
import { demandFor, population } from '../market/population.ts';
import { LastAccepted, PayAsAsk, type PriceRule } from '../market/price-rule.ts';
import { openMarket } from '../market/run-market.ts';
import type { Scenario } from '../scenario.ts';
import { meanOf } from './statistics.ts';

const rules: Readonly<Record<string, () => PriceRule>> = {
  merit: () => new Merit(),
  'last-accepted': () => new LastAccepted(),
  'pay-as-ask': () => new PayAsAsk(),
};
const LOADS = [0.05, 0.3];
const BUYER_STREAM = 1_000;
const RECORDS_STREAM = 2_000;
const ATTACKER_ASK_PPM = 900_000;
/** One token each: enough to hold a slot for a moment, worth next to nothing. */
const TINY_JOB = [1];
const WINDOW_MS = 5_000;

interface SqueezePart {
  readonly seed: number;
  readonly rule: string;
  readonly load: number;
  readonly owners: number;
  readonly measuredMs: number;
}

interface Period {
  readonly pricePpm: number;
  readonly shareServed: number;
}

interface SqueezeResult {
  readonly quiet: Period;
  readonly attacked: Period;
  /** Lease requests that the attacker sent, and slots that it got. */
  readonly attackerRequests: number;
  readonly attackerSales: number;
}

/**
 * In every window the attacker, as a buyer, takes every slot that is free with jobs of one token, and lets one land on
 * its own dear home: if the price of all others followed the dearest sale, they would pay for it in the next window.
 */
function runSqueeze({ seed, rule, load, owners, measuredMs }: SqueezePart): SqueezeResult {
  const run = (isAttacked: boolean) => {
    const honest = population(owners, new SimRandom(seed, 1));
    const attacker = {
      index: honest.length,
      owner: owners,
      slots: 1,
      costPpm: 400_000,
      qualityPpm: 1_000_000,
    };
    const homes = [...honest, attacker];
    const priceRule = rules[rule]?.();
    if (priceRule === undefined) throw new Error(`no rule "${rule}"`);
    const asksPpm = [...honest.map(({ costPpm }) => Math.round(1.1 * costPpm)), ATTACKER_ASK_PPM];
    const market = openMarket({
      ...{ seed, stream: BUYER_STREAM, homes, asksPpm, rule: priceRule, measuredMs, checkpointMs: 0 },
      demand: demandFor(load, honest),
      records: new SimRandom(seed, RECORDS_STREAM),
    });
    const { simulation, sessions, figures } = market;
    const endMs = figures.fromMs + measuredMs;
    const counts = { requests: 0, sales: 0 };
    const strike = (): void => {
      for (;;) {
        counts.requests += 1;
        const sale = sessions.openForeign(1_000_000, TINY_JOB);
        if (sale === undefined) break;
        counts.sales += 1;
        if (sale.home.profile.index === attacker.index) break;
      }
      simulation.after(WINDOW_MS, strike);
    };
    if (isAttacked) simulation.after(figures.fromMs - WINDOW_MS, strike);
    sessions.arriveUntil(endMs);
    simulation.run(endMs);
    return { period: { pricePpm: figures.pricePpm, shareServed: figures.shareServed }, counts };
  };
  const [quiet, attacked] = [run(false), run(true)];
  return {
    quiet: quiet.period,
    attacked: attacked.period,
    attackerRequests: attacked.counts.requests,
    attackerSales: attacked.counts.sales,
  };
}

export const squeezeScenario: Scenario<SqueezePart, SqueezeResult> = {
  defaultSeeds: 10,
  isTimed: false,
  parts: ({ seed, seeds, small }) => {
    const size = small ? { owners: 8, measuredMs: 60_000 } : { owners: 24, measuredMs: 300_000 };
    return Array.from({ length: seeds }, (_, i) => seed + i).flatMap((each) =>
      LOADS.flatMap((load) => Object.keys(rules).map((rule) => ({ seed: each, rule, load, ...size }))),
    );
  },
  run: runSqueeze,
  report: (found) => {
    const rows = LOADS.flatMap((load) =>
      Object.keys(rules).map((rule) => {
        const results = found
          .filter(({ part }) => part.load === load && part.rule === rule)
          .map(({ result }) => result);
        const period = (which: 'quiet' | 'attacked'): Period => ({
          pricePpm: Math.round(meanOf(results, (result) => result[which].pricePpm)),
          shareServed: meanOf(results, (result) => result[which].shareServed),
        });
        const attackerSales = Math.round(meanOf(results, (result) => result.attackerSales));
        return {
          load,
          rule,
          seeds: results.length,
          quiet: period('quiet'),
          attacked: period('attacked'),
          attackerSales,
        };
      }),
    );
    const figures = { rows, runs: found.map(({ part, result }) => ({ ...part, ...result })) };
    return { ok: true, figures, text: textOf(rows) };
  },
};

interface SqueezeRow {
  readonly load: number;
  readonly rule: string;
  readonly quiet: Period;
  readonly attacked: Period;
  readonly attackerSales: number;
}

function textOf(rows: readonly SqueezeRow[]): string {
  const cells = ({ pricePpm, shareServed }: Period) =>
    `${String(Math.round(pricePpm / 1_000)).padStart(5)} ${(100 * shareServed).toFixed(1).padStart(6)} %`;
  return [
    'price that other buyers pay in thousandths of the card, and the share of them that is served; means over the seeds',
    '',
    'load  rule           left alone       attacked         slots taken by the attacker',
    ...rows.map(
      ({ load, rule, quiet, attacked, attackerSales }) =>
        `${`${100 * load} %`.padEnd(5)} ${rule.padEnd(14)} ${cells(quiet)}  ${cells(attacked)}   ${attackerSales}`,
    ),
    '',
  ].join('\n');
}
