import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import { openOrder } from '@hearth/sdk';
import {
  ed25519Key,
  enclaveStatement,
  type LeaseGrant,
  leaseIdHeader,
  modelDigest,
  modelManifest,
  routes,
} from '@hearth/sdk/protocol';
import { generateHpkeKey, type HpkeKey } from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import { startChain } from '../../environment/chain.ts';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { startPostgres } from '../../environment/postgres.ts';
import { type ManagedProcess, startProcess } from '../../market/managed-process.ts';
import { type Market, startMarket } from '../../market/market.ts';
import { repositoryRoot } from '../../market/paths.ts';
import { inspectable } from './held-memory.ts';
import { RelayBuyer } from './relay-buyer.ts';
import { registerRelayEnclave } from './relay-enclave.ts';
import { sealRelayJob } from './relay-job.ts';
import { scriptPath } from './script-path.ts';
import type { AgentCounts, ScriptedAgentConfig } from './scripted-agent-config.ts';

const ORDER_MICRO_USD = 2_000_000n;
const BLOCK_INTERVAL_MS = 1_000; // as `npm start` has it

/** A market with a buyer in it whose requests are ready to be relayed. */
export interface SealedSide {
  readonly market: Market;
  /** One home has sold one lease. */
  readonly home: SoldHome;
  /** Sealed requests, each of its own job, all of `requestBytes`. */
  readonly jobs: readonly Buffer[];
  readonly requestBytes: number;
  /** Jobs by how they ended, as the gateway's own metrics count them. */
  jobCounts(): Promise<Readonly<Record<string, number>>>;
  /** Another home that sells the buyer one lease; cheaper than all before, or the buyer gets one of theirs. */
  sellAnother(home: RelayHome): Promise<SoldHome>;
}

/** A home by script. */
export type RelayHome = Pick<ScriptedAgentConfig, 'multiplierPpm' | 'isEndless'>;

export interface SoldHome {
  counts(): Promise<AgentCounts>;
  readonly grant: LeaseGrant;
  readonly hpkeKey: HpkeKey;
  /** What the gateway wants to see of a job on its lease. */
  readonly jobHeaders: Readonly<Record<string, string>>;
}

export async function startSealedSide(
  parts: Lifecycle,
  dir: string,
  answer: Buffer,
  jobCount: number,
): Promise<SealedSide> {
  const postgres = await parts.start('Postgres', startPostgres({ dataDir: join(dir, 'postgres') }));
  const database = await postgres.createDatabase('bench');
  const chain = await parts.start('chain', startChain({ isolated: true, intervalMs: BLOCK_INTERVAL_MS }));
  const marketDir = join(dir, 'market');
  // One key and one order ask for all of it; the limits are still counted.
  const backendEnv = {
    MAX_JOBS_PER_SECOND_PER_KEY: '1000000',
    MAX_CONCURRENT_JOBS_PER_KEY: '4096',
    MAX_CONCURRENT_JOBS_PER_ORDER: '4096',
    ...inspectable,
  };
  const starting = startMarket({ dir: marketDir, chain, databaseUrl: database.url, homes: [], backendEnv });
  const market = await parts.start('market', starting);
  const client = market.buyer();
  await client.chain.deposit(ORDER_MICRO_USD);
  const { session } = await openOrder(client, { maxSpendMicroUsd: ORDER_MICRO_USD });
  const buyer = new RelayBuyer(market);
  const apiKey = await buyer.apiKey();
  let homes = 0;
  const sellAnother = async ({ multiplierPpm, isEndless }: RelayHome): Promise<SoldHome> => {
    const name = `relay-home-${++homes}`;
    const [hpkeKey, nodeSeed] = [await generateHpkeKey(2), randomBytes(32)];
    const nodeKey = ed25519Key(nodeSeed).publicKey;
    const model = readManifest();
    const statement = await registerRelayEnclave(market, { name, nodeKey, hpkeKey, model });
    const { agent, askedAtMs } = await startAgent(parts, dir, name, {
      gatewayUrl: market.gatewayUrl,
      nodeSeed: toHex(nodeSeed),
      statement: z.encode(enclaveStatement, statement),
      answer: answer.toString('base64'),
      multiplierPpm,
      isEndless,
    });
    await untilAskCompetes(buyer, askedAtMs);
    const grant = await buyer.lease(session, modelDigest(model), apiKey);
    const { enclaveKey } = statement.enclaveKeys;
    if (grant.lease.body.enclaveKey !== enclaveKey)
      throw new Error(
        `${name}: expected a lease of ${enclaveKey}, got one of ${grant.lease.body.enclaveKey}`,
      );
    const jobHeaders = { authorization: `Bearer ${apiKey}`, [leaseIdHeader]: grant.lease.body.leaseId };
    return { counts: countsOf(agent), grant, hpkeKey, jobHeaders };
  };

  const home = await sellAnother({ multiplierPpm: 1_000_000, isEndless: false });
  const domain = marketDomain(chain.chainId, market.contracts.settlement);
  const jobs: Buffer[] = [];
  while (jobs.length < jobCount) jobs.push(await sealRelayJob(domain, session, home.grant, home.hpkeKey));
  const requestBytes = jobs[0]?.length ?? 0;
  if (jobs.some(({ length }) => length !== requestBytes)) throw new Error('the sealed jobs differ in length');
  return {
    market,
    home,
    jobs,
    requestBytes,
    jobCounts: async () => readJobCounts(await (await fetch(market.gatewayUrl + routes.metrics)).text()),
    sellAnother,
  };
}

/** The model that the market of `npm start` has on sale. Nobody runs it here: the relay is measured, not inference. */
function readManifest() {
  const path = join(repositoryRoot, 'provider-agent/dist/model-manifest.json');
  return modelManifest.parse(JSON.parse(readFileSync(path, 'utf8')));
}

async function startAgent(parts: Lifecycle, dir: string, name: string, config: ScriptedAgentConfig) {
  const path = join(dir, `${name}.json`);
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  const args = [scriptPath('scripted-agent'), path];
  const agent = await parts.start(name, startProcess({ name, args, logDir: dir }));
  const { timestampMs } = await agent.until('asked', (line) => line['asked'] === true);
  return { agent, askedAtMs: Number(timestampMs) };
}

function countsOf(agent: ManagedProcess): SoldHome['counts'] {
  let looks = 0;
  return async () => {
    const look = ++looks;
    agent.kill('SIGUSR2');
    return (await agent.until('counts', (said) => said['look'] === look))['counts'] as AgentCounts;
  };
}

const BEACON_TIMEOUT_MS = 30_000;

/** An ask competes once a block later than it is final and the log's checkpoints carry that block. */
async function untilAskCompetes(buyer: RelayBuyer, askedAtMs: number): Promise<void> {
  const deadline = Date.now() + BEACON_TIMEOUT_MS;
  while ((await buyer.checkpoint()).beacon.timestampMs <= askedAtMs) {
    if (Date.now() > deadline) throw new Error(`no checkpoint carries a block later than ${askedAtMs}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function readJobCounts(exposition: string): Record<string, number> {
  const samples = exposition.matchAll(/^hearth_jobs_total\{outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...samples].map(([, outcome, count]) => [String(outcome), Number(count)]));
}
