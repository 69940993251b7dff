import { join } from 'node:path';
import { homeA, homeB, openMarket, openSession, type Story } from '../e2e/open-market.ts';
import { Lifecycle } from '../environment/lifecycle.ts';
import type { Home } from '../market/home.ts';
import { solarHome } from '../site/energy-sections.ts';
import { IDLE_WATTS, operatingPoint } from '../site/node-draw.ts';
import type { SiteParts } from '../site/site-parts.ts';
import { PlugTeller } from '../site/start-site.ts';
import { endlessModel } from './failover/endless-model.ts';
import { type Figures, isGood, judgeKills } from './failover/judge-kills.ts';
import { killParts, type PartKill } from './home/kill-parts.ts';
import { ModelLoads } from './home/model-loads.ts';
import { type Again, agentParts, type HomePart, type Part, SitePart, startHouse } from './home/parts.ts';
import { untilWhole, viewOf } from './home/whole.ts';
import { type Aftermath, lookAt } from './replicas/aftermath.ts';
import type { Torture } from './torture.ts';

const ORDER_MICRO_USD = 5_000_000n;
const MOST_BACK_MS = 10_000;
/** A larger model takes longer, and no agent can help that. */
const COUNTED_LOAD_MS = 5_000;
/** About what two processes, three sockets and a relay hold. */
const MOST_IN_FLIGHT_TOKENS = 64;
/** All slots at once, and few enough watts to go on with while no meter is heard. */
const onePoint = { ...operatingPoint(1), slots: 40 };
const SAFE_WATTS = 400;
/** Leases outlive whom they were sold to by minutes. */
const roomy = { ...homeA, slots: onePoint.slots };
/** Dearer than home a whatever its energy costs: it serves where home a cannot. */
const standIn = { ...homeB, slots: 40, multiplierPpm: 2_000_000 };

/**
 * Kills host, enclave, MQTT broker, inverter, network and way to the chain of one home in turn while it answers, `runs` times. Each time in a new
 * market: a home that breaks off so many answers is ejected by the market's own rules, and then nobody would be served by it.
 */
export const homeTorture: Torture<'runs'> = async (parts, { runs, seed }, progress) => {
  const rounds: Round[] = [];
  for (let round = 0; round < runs; round += 1) {
    const own = new Lifecycle();
    parts.add(`round ${round + 1}`, own);
    rounds.push(await killOnce(own, seed + round, progress));
    await own.stop();
  }
  const ok = rounds.every(({ holds }) => Object.values(holds).every(Boolean));
  return { figures: { rounds }, text: rounds.map(textOf).join('\n'), ok };
};

type Round = Pick<
  Aftermath,
  'storedReceipts' | 'journaledReceipts' | 'lostReceipts' | 'ledgerDifferences'
> & {
  readonly seed: number;
  readonly kills: readonly PartKill[];
  readonly answers: readonly Figures[];
  readonly holds: Readonly<Record<string, boolean>>;
};

async function killOnce(own: Lifecycle, seed: number, progress: (text: string) => void): Promise<Round> {
  const loads = new ModelLoads();
  const { market, site } = await openHome(own, loads);
  const home = market.homes[0] as Home;
  let buyers = 0;
  const newSession = () => {
    buyers += 1;
    const stateDir = join(market.dir, `buyer-${buyers}`);
    return openSession(market.buyer({ stateDir }), ORDER_MICRO_USD);
  };
  await untilWhole(home, await newSession());
  loads.take(); // that was no kill
  const all: Part[] = [...agentParts(home), ...site];
  const { kills, broken } = await killParts(home, newSession, all, loads, seed, progress);
  const answers: Figures[] = [];
  for (const { session, report } of broken) answers.push(await judgeKills(market, session, report));
  const dataDirs = market.homes.map(({ dataDir }) => dataDir);
  const aftermath = await lookAt(market, dataDirs, market.dir, progress);
  const { storedReceipts, journaledReceipts, lostReceipts, ledgerDifferences, audit } = aftermath;
  const { money } = await viewOf(home);
  const holds = {
    'no client error, same text, nothing billed twice, every enclave paid': answers.every((figures, i) =>
      isHarmless(figures, kills[i]?.part ?? ''),
    ),
    [`back within ${MOST_BACK_MS / 1_000} s, loading the model beyond ${COUNTED_LOAD_MS / 1_000} s not counted`]:
      kills.every(({ backMs, loadMs }) => backMs - Math.max(0, loadMs - COUNTED_LOAD_MS) <= MOST_BACK_MS),
    'no receipt lost': lostReceipts === 0,
    'ledger equal to the chain': ledgerDifferences.length === 0,
    'every clearing replays, every promise is kept': audit.ok,
    "the owner's pending, paid and lost are what was earned":
      money.pendingPicoUsd + money.paidPicoUsd + money.lostPicoUsd === money.earnedPicoUsd &&
      money.lostPicoUsd === 0n,
  };
  return { seed, kills, answers, storedReceipts, journaledReceipts, lostReceipts, ledgerDifferences, holds };
}

async function openHome(parts: Lifecycle, loads: ModelLoads): Promise<{ market: Story; site: Part[] }> {
  const site: Part[] = [];
  const market = await openMarket([], async ({ dir, lifecycle }) => {
    const start = async (name: HomePart, first: Partial<SiteParts>, again: Again) => {
      const part = await SitePart.start(lifecycle, name, dir, first, again);
      site.push(part);
      return part.addresses;
    };
    const { brokerUrl } = await start('broker', { broker: {} }, ({ brokerUrl: url = '' }) => ({
      broker: { port: Number(new URL(url).port) },
    }));
    const { inverterPort } = await start('inverter', { inverter: {} }, ({ inverterPort: port }) => ({
      inverter: { port },
    }));
    const house = await startHouse(lifecycle, dir, brokerUrl ?? '');
    const teller = new PlugTeller(house.solarPlug);
    /** The network on the way to the gateway, or to the chain: a relay of its own. */
    const wayTo = (name: HomePart) => async (url: string) => {
      const { hostname: host, port } = new URL(url);
      const to = { host, port: Number(port) };
      const { relayPort } = await start(name, { relay: { to } }, ({ relayPort: here }) => ({
        relay: { to, port: here },
      }));
      return `http://127.0.0.1:${relayPort}`;
    };
    const energy = {
      ...solarHome({ ...house, brokerUrl, inverterPort }, 1),
      node: { idleWatts: IDLE_WATTS, staticSafeWatts: SAFE_WATTS, points: [onePoint] },
    };
    return {
      model: await endlessModel(dir),
      homes: [{ ...roomy, energy, gatewayUrlFor: wayTo('network'), rpcUrlFor: wayTo('chain') }, standIn],
      onEvent: (name, event) => {
        if (name !== roomy.name) return;
        teller.heard(event);
        loads.heard(event);
      },
    };
  });
  parts.add('market', market);
  return { market, site };
}

function textOf({ seed, kills, answers, holds, ...receipts }: Round): string {
  const rows = kills.map(
    ({ part, backMs, loadMs, hasFailedOver }) =>
      `  ${part.padEnd(10)} back after ${backMs} ms${loadMs > 0 ? `, ${loadMs} ms of it the model` : ''}${hasFailedOver ? '; another home went on with the answer' : ''}\n`,
  );
  const faults = answers.flatMap((each) => [...each.clientErrors, ...each.unpaidNodes]);
  const { storedReceipts, journaledReceipts, lostReceipts, ledgerDifferences } = receipts;
  return `each killed once while the home answered (seed ${seed})
${rows.join('')}  receipts   ${storedReceipts} stored, ${lostReceipts} of ${journaledReceipts} journaled ones lost
  tokens     ${sumOf(answers, 'deliveredTokens')} delivered, ${sumOf(answers, 'billedTokens')} billed
${[...faults, ...ledgerDifferences].map((fault) => `  !! ${fault}\n`).join('')}${Object.entries(holds)
  .map(([what, does]) => `  ${does ? 'holds' : 'BROKEN'}  ${what}\n`)
  .join('')}`;
}

/** The enclave lives on when its host or its network dies, and bills what it had sent by then. */
function isHarmless(figures: Figures, part: string): boolean {
  if (part !== 'host' && part !== 'network') return isGood(figures, 1);
  const inFlight = figures.billedTokens - figures.deliveredTokens;
  return isGood({ ...figures, overbilled: figures.promptsTwice }, 1) && inFlight <= MOST_IN_FLIGHT_TOKENS;
}

const sumOf = (answers: readonly Figures[], name: 'deliveredTokens' | 'billedTokens'): number =>
  answers.reduce((sum, figures) => sum + figures[name], 0);
