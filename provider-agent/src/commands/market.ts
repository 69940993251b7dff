import {
  jobClasses,
  type NodeOutcomes,
  nameOf,
  type RefusalReason,
  type Signed,
  type Standing,
} from '@hearth/sdk/protocol';
import type { HomeConfig } from '../config/home-config.ts';
import { dataFiles } from '../host/data-files.ts';
import { fetchOutcomes } from '../host/link/node-outcomes.ts';
import { loadOrCreateNodeKey } from '../host/node-key.ts';
import { standingInWords } from '../host/standing/standing-words.ts';
import { toldStandings } from '../host/standing/told-standings.ts';

export async function marketOutcomes(
  { gateways, dataDir }: HomeConfig,
  hours: number,
): Promise<{ readonly outcomes: NodeOutcomes; readonly told: readonly Signed<Standing>[] }> {
  const { key } = await loadOrCreateNodeKey(dataDir);
  const nowMs = Date.now();
  const told = await toldStandings(dataFiles(dataDir).standings, nowMs - hours * 3_600_000);
  return { outcomes: await fetchOutcomes(gateways, key.publicKey, hours, nowMs), told };
}

/** What the market told this node while it ran, and when. */
export function toldInWords(told: readonly Signed<Standing>[]): string[] {
  if (told.length === 0) return [];
  return [
    'The market told this node:',
    ...told.map(({ body }) => `  ${new Date(body.atMs).toISOString()} ${standingInWords(body.limits)}`),
  ];
}

const reasons: Readonly<Record<RefusalReason, string>> = {
  model: 'the request was for another model',
  class: 'the request was of another class',
  region: 'the buyer wanted another region',
  tier: 'the buyer wanted better hardware',
  context: 'the buyer needed a longer context',
  paused: 'you had declared a pause',
  slots: 'all your slots were in use',
  overstated: 'you refused offers although slots were free, so fewer of them count',
  probation: 'you are new here: until 200 receipts the market takes little from you at a time',
  attestation:
    'your enclave was not registered, its evidence had expired, or the policy of this buyer asks for more',
  price: 'you asked more than the buyer pays',
  ceiling: 'you asked more than one and a half times the usual price',
  own_order: 'the order was your own',
  ejected: 'you were out for losing jobs',
  not_yet_valid: 'your ask was not valid yet (a higher price waits ten seconds)',
  expired: 'your ask had expired',
  after_beacon: 'your ask was too young',
  price_card: 'your ask named an old price card',
};

/** In words: earned or not, and why. */
export function outcomesInWords(outcomes: NodeOutcomes, hours: number): string {
  const { clearings, won, notSold, outbid, withoutAsk, refused, winningPpm } = outcomes;
  const refusals = Object.entries(refused).sort(([, a], [, b]) => b - a) as [RefusalReason, number][];
  return [
    `In the last ${hours} h the market sold ${outcomes.isComplete ? '' : 'more than '}${clearings} slots for what you run.`,
    `  ${won} × you won`,
    ...line(notSold, 'you were asked first and did not sell'),
    ...line(outbid, 'another ask was better'),
    ...refusals.map(([reason, count]) => `  ${count} × ${reasons[reason]}`),
    ...line(withoutAsk, 'you had no ask in the book'),
    ...(winningPpm === null
      ? []
      : [
          `To win one of those where another was better you would have had to ask ${percent(winningPpm.oneOfThem)}, for half of them ${percent(winningPpm.halfOfThem)}.`,
        ]),
    ...(outcomes.asks.length === 0
      ? ['You have no ask in the book now.']
      : outcomes.asks.map((ask) => placeOf(ask, outcomes))),
    ...(outcomes.slotLimit === null
      ? []
      : [`Only ${outcomes.slotLimit} of your slots count: you refused too many offers.`]),
    ...(outcomes.ejectedUntilMs === null
      ? []
      : [`You are out until ${new Date(outcomes.ejectedUntilMs).toISOString()} for losing jobs.`]),
  ].join('\n');
}

function placeOf(ask: NodeOutcomes['asks'][number], { models }: NodeOutcomes): string {
  const { rank, nodes, multiplierPpm, qualityPpm, freeSlots, isPaused } = ask;
  const state = isPaused ? 'paused' : `${Math.max(0, freeSlots)} slots free`;
  const model = models[ask.modelDigest] ?? ask.modelDigest;
  const jobClass = nameOf(jobClasses, ask.class);
  return `Now: ${model}, ${jobClass}, at ${percent(multiplierPpm)} of the price card, quality ${percent(qualityPpm)}, place ${rank} of ${nodes}, ${state}.`;
}

const line = (count: number, words: string): string[] => (count === 0 ? [] : [`  ${count} × ${words}`]);
const percent = (ppm: number): string => `${Number((ppm / 10_000).toFixed(2))} %`;
