import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelDigest, routes } from '@hearth/sdk/protocol';
import { startChain } from '../environment/chain.ts';
import type { Lifecycle } from '../environment/lifecycle.ts';
import { startPostgres } from '../environment/postgres.ts';
import { ember } from '../market/catalogue.ts';
import { type FleetHome, startFleet } from '../market/fleet/fleet.ts';
import { type Market, startMarket } from '../market/market.ts';
import { releaseOf } from '../market/release.ts';
import { openSeekers, seekLeases } from './accept/lease-seekers.ts';
import { acceptReport } from './accept/report.ts';
import type { Bench } from './bench.ts';
import { cpuSecondsOf } from './process-cpu.ts';

export interface AcceptLoad {
  readonly agents: number;
  readonly processes: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** Before anything counts: code is compiled, orders are read from the chain once. */
  readonly warmUpSeconds: number;
}

const full: AcceptLoad = {
  agents: 1_000,
  processes: 4,
  // A thousand homes, their chain and the gateway share two cores: more than this measures the queue before them.
  requestsPerSecond: 5,
  seconds: 60,
  warmUpSeconds: 5,
};
const SEED = 20_261_121;

/**
 * How long a buyer waits for a slot: lease requests at a fixed rate, whatever is still unanswered, against one built gateway
 * with a thousand connected homes. Each home is production host and enclave with a scripted model.
 */
export const acceptBench: Bench = (parts, tell) => measureAccept(parts, tell, full);

export const measureAccept = async (
  parts: Lifecycle,
  tell: (progress: string) => void,
  load: AcceptLoad,
): ReturnType<Bench> => {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-bench-accept-'));
  parts.add('directory', { stop: async () => rmSync(dir, { recursive: true, force: true }) });
  const postgres = await parts.start('Postgres', startPostgres({ dataDir: join(dir, 'postgres') }));
  const database = await postgres.createDatabase('bench');
  const chain = await parts.start('chain', startChain({ isolated: true, intervalMs: 1_000 }));
  const marketDir = join(dir, 'market');
  // The homes and their chain share these cores with the gateway; a home that was not scheduled has not refused.
  const backendEnv = { OFFER_ANSWER_MS: '1000' };
  const market = await parts.start(
    'market',
    startMarket({ dir: marketDir, chain, databaseUrl: database.url, homes: [], backendEnv }),
  );
  const { manifest } = await releaseOf(ember, marketDir);

  tell(`registering and linking ${load.agents} homes`);
  const startedAt = performance.now();
  let accepts = 0;
  const homes = await startFleet(parts, {
    dir: join(dir, 'fleet'),
    ...market,
    agents: load.agents,
    processes: load.processes,
    slots: 2,
    model: ember,
    manifest,
    gatewayUrlsOf: () => [market.gatewayUrl],
    multiplierPpmOf: (index) => 500_000 + ((index * SEED) % 500_009), // all different, in no order
    answer: { tokens: ['.'], msPerToken: 0 },
    onEvent: ({ state }) => {
      if (state === 'lease-sold') accepts += 1;
    },
  });
  const setUpSeconds = (performance.now() - startedAt) / 1000;

  const requests = load.requestsPerSecond * (load.seconds + load.warmUpSeconds);
  tell(`linked in ${setUpSeconds.toFixed()} s; opening orders`);
  const seekers = await openSeekers(market, requests);
  tell(`${requests} lease requests, ${load.requestsPerSecond} a second`);
  const pids = { gateway: market.backend().pid, chain: chain.pid ?? 0, buyer: process.pid };
  const before = cpuOf(pids);
  const sought = await seekLeases(seekers, modelDigest(manifest), load);
  const after = cpuOf(pids);
  const cpuSeconds = Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]),
  );
  return acceptReport({
    load,
    sought,
    setUpSeconds,
    ...(await countsAt(market, homes)),
    accepts,
    cpuSeconds,
    cores: availableParallelism(),
  });
};

const cpuOf = (pids: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(pids).flatMap(([name, pid]) => {
      const seconds = cpuSecondsOf(pid);
      return seconds === undefined ? [] : [[name, seconds]];
    }),
  );

async function countsAt(market: Market, homes: readonly FleetHome[]) {
  const metrics = await (await fetch(market.gatewayUrl + routes.metrics)).text();
  const linked = /^hearth_agent_links (\d+)$/m.exec(metrics)?.[1];
  return { homes: homes.length, linkedAtEnd: Number(linked ?? 0) };
}
