import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@hearth/attestation/receipt';
import { createTestClient, http } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { type Chain, startChain } from '../environment/chain.ts';
import type { Lifecycle } from '../environment/lifecycle.ts';
import { startPostgres } from '../environment/postgres.ts';
import { ember } from '../market/catalogue.ts';
import { startFleet } from '../market/fleet/fleet.ts';
import type { HomeSettings } from '../market/home.ts';
import { startMarket } from '../market/market.ts';
import { releaseOf } from '../market/release.ts';
import { SimRandom } from '../sim/engine/random.ts';
import { lookAt } from './replicas/aftermath.ts';
import { Buyers } from './replicas/buyers.ts';
import { killInTurn } from './replicas/killer.ts';
import { replicasReport } from './replicas/report.ts';
import { type HomeEvent, SlotCount } from './replicas/slot-count.ts';
import type { Torture, TortureReport } from './torture.ts';

export interface ReplicasOptions {
  readonly seed: number;
  readonly agents: number;
  /** Of these, run as two real processes each: enclave with the model itself, and host. The rest are a fleet. */
  readonly realAgents: number;
  readonly seconds: number;
  readonly killEverySeconds: number;
  readonly buyers: number;
}

const REPLICAS = 3;
const MAX_FLEET_PROCESSES = 4;
const SLOTS = 2;
const ETHER = 10n ** 18n;
/** About a second for an answer, so that kills fall into streams. */
const ANSWER = { tokens: Array.from({ length: 24 }, (_, index) => ` ${index}`), msPerToken: 60 };

/** At least this many agents are two real processes each; the rest would not fit so many into one machine. */
const REAL_AGENTS = 4;

export const replicasTorture: Torture<'agents' | 'minutes'> = (parts, { seed, agents, minutes }, tell) =>
  tortureReplicas(
    parts,
    {
      seed,
      agents,
      realAgents: Math.min(REAL_AGENTS, agents),
      seconds: minutes * 60,
      killEverySeconds: 10,
      buyers: 12,
    },
    tell,
  );

/**
 * Three backend processes on one database, one of them killed every few seconds and started again, under buyers that go on
 * all the time: what must hold afterwards is a matter of the log, the journals and the chain alone.
 */
export async function tortureReplicas(
  parts: Lifecycle,
  options: ReplicasOptions,
  tell: (progress: string) => void,
): Promise<TortureReport> {
  const { seed, agents, realAgents, seconds } = options;
  const dir = mkdtempSync(join(tmpdir(), 'hearth-torture-'));
  parts.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  const postgres = await parts.start('Postgres', startPostgres({ dataDir: join(dir, 'postgres') }));
  const { url: databaseUrl } = await postgres.createDatabase('torture');
  const chain = await parts.start('chain', startChain({ isolated: true, intervalMs: 1_000 }));
  const random = new SimRandom(seed, 1_000_000);
  const counts = new Map<string, SlotCount>();
  const hear = (event: HomeEvent) => {
    const count = counts.get(event.home) ?? new SlotCount(SLOTS);
    counts.set(event.home, count);
    count.hear(event);
  };
  const pricePpm = () => random.between(500_000, 1_000_000);

  tell(`starting ${REPLICAS} replicas and ${realAgents} agents of two processes each, seed ${seed}`);
  const homes: HomeSettings[] = [];
  while (homes.length < realAgents) homes.push(await realHome(chain, homes.length, pricePpm()));
  const started = startMarket({
    dir,
    chain,
    databaseUrl,
    replicas: REPLICAS,
    homes,
    onEvent: (home, event) => hear({ ...event, home } as unknown as HomeEvent),
    backendEnv: { OFFER_ANSWER_MS: '1000' }, // homes share these cores with everything else
  });
  const market = await parts.start('market', started);
  const urls = market.gateways.map(({ url }) => url);

  const processes = Math.min(MAX_FLEET_PROCESSES, Math.ceil((agents - realAgents) / 8));
  tell(`registering and linking ${agents - realAgents} agents in ${processes} processes`);
  const { manifest } = await releaseOf(ember, dir);
  const fleet = await startFleet(parts, {
    dir: join(dir, 'fleet'),
    chain,
    contracts: market.contracts,
    agents: agents - realAgents,
    processes,
    slots: SLOTS,
    model: ember,
    manifest,
    gatewayUrlsOf: (index) => twoOf(index).map((replica) => urls[replica] as string),
    multiplierPpmOf: pricePpm,
    answer: ANSWER,
    onEvent: hear,
  });

  const buyers = await Buyers.open(market, { buyers: options.buyers, model: ember.name, seed, dir });
  tell(`${options.buyers} buyers for ${seconds} s; a kill every ${options.killEverySeconds} s`);
  const buying = buyers.run();
  const timing = { everyMs: options.killEverySeconds * 1_000, untilMs: seconds * 1_000, seed };
  const kills = await killInTurn(market.gateways, timing, tell);
  buyers.stop();
  await buying;

  const dataDirs = [...market.homes, ...fleet].map(({ dataDir }) => dataDir);
  const aftermath = await lookAt({ ...market, databaseUrl }, dataDirs, dir, tell);
  return replicasReport({ options, kills, buyers: buyers.counts, slots: [...counts.values()], aftermath });
}

/** Each agent is linked to two of the three. */
const twoOf = (index: number) => [index % REPLICAS, (index + 1) % REPLICAS];

async function realHome(chain: Chain, index: number, multiplierPpm: number): Promise<HomeSettings> {
  const keys = { wallet: toHex(randomBytes(32)), gas: toHex(randomBytes(32)) };
  const address = privateKeyToAddress(keys.gas);
  await createTestClient({ mode: 'hardhat', transport: http(chain.rpcUrl) }).setBalance({
    address,
    value: ETHER,
  });
  return { name: `r${index}`, keys, multiplierPpm, slots: SLOTS, region: 'DE', linksTo: twoOf(index) };
}
