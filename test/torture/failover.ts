import { homeA, homeB, homeC, openMarket, openSession } from '../e2e/open-market.ts';
import type { Lifecycle } from '../environment/lifecycle.ts';
import { endlessModel } from './failover/endless-model.ts';
import { type Figures, isGood, judgeKills } from './failover/judge-kills.ts';
import { killEnclaves } from './failover/kill-enclaves.ts';
import type { Torture } from './torture.ts';

/** Killed enclaves hold what was promised to them until their Holds expire. */
const ORDER_MICRO_USD = 500_000_000n;

/** Kills the serving enclave at a random place of each of `runs` answers, on a whole market of real processes. */
export const failoverTorture: Torture<'runs'> = async (parts: Lifecycle, { runs, seed }, progress) => {
  const market = await parts.start(
    'market',
    openMarket([homeA, homeB, homeC], async ({ dir }) => ({ model: await endlessModel(dir) })),
  );
  const session = await openSession(market.buyer(), ORDER_MICRO_USD);
  const report = await killEnclaves({ market, session, seed, runs }, progress);
  const figures = await judgeKills(market, session, report);
  return { figures, text: textOf(figures, seed), ok: isGood(figures, runs) };
};

function textOf(figures: Figures, seed: number): string {
  const rows: [string, string][] = [
    [
      'answers whose enclave was killed',
      `${figures.runs} (seed ${seed}; ${figures.tooLate} kills came too late)`,
    ],
    ['client errors', String(figures.clientErrors.length)],
    ['texts that differ from an undisturbed run', String(figures.otherTexts)],
    ['output tokens delivered / billed', `${figures.deliveredTokens} / ${figures.billedTokens}`],
    ['runs billed beyond what was delivered', String(figures.overbilled.length)],
    ['most tokens that a killed enclave forfeited', String(figures.mostForfeited)],
    ['nodes not paid what their receipts say', String(figures.unpaidNodes.length)],
    ['longest silence for the client, p50 / p99', `${figures.gapMs.p50} / ${figures.gapMs.p99} ms`],
  ];
  const table = rows.map(([what, value]) => `${what.padEnd(46)} ${value}\n`).join('');
  const faults = [
    ...figures.clientErrors,
    ...figures.unpaidNodes,
    ...figures.overbilled.map((i) => `run ${i}: overbilled`),
  ];
  return table + faults.map((fault) => `  ${fault}\n`).join('');
}
