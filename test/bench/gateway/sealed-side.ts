import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import { openOrder } from '@hearth/sdk';
import {
  ed25519Key,
  enclaveStatement,
  leaseIdHeader,
  modelDigest,
  modelManifest,
  routes,
} from '@hearth/sdk/protocol';
import { generateHpkeKey } from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import { startChain } from '../../environment/chain.ts';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { startPostgres } from '../../environment/postgres.ts';
import { type ManagedProcess, startProcess } from '../../market/managed-process.ts';
import { startMarket } from '../../market/market.ts';
import { repositoryRoot } from '../../market/paths.ts';
import { RelayBuyer } from './relay-buyer.ts';
import { registerRelayEnclave } from './relay-enclave.ts';
import { sealRelayJob } from './relay-job.ts';
import { scriptPath } from './script-path.ts';
import type { ScriptedAgentConfig } from './scripted-agent-config.ts';

const NODE_SEED = new Uint8Array(32).fill(41);
const ORDER_MICRO_USD = 1_000_000n;
const BLOCK_INTERVAL_MS = 1_000; // as `npm start` has it

/** A market in which one home has sold a lease to one buyer, ready to relay sealed jobs. */
export interface SealedSide {
  readonly url: string;
  readonly gatewayPid: number;
  readonly agent: ManagedProcess;
  readonly jobHeaders: Readonly<Record<string, string>>;
  /** Sealed requests, each of its own job, all of `requestBytes`. */
  readonly jobs: readonly Buffer[];
  readonly requestBytes: number;
  /** Jobs by how they ended, as the gateway's own metrics count them. */
  jobCounts(): Promise<Readonly<Record<string, number>>>;
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
  const backendEnv = { MAX_JOBS_PER_SECOND_PER_KEY: '1000000' }; // one key asks for all of it; the limit is still counted
  const starting = startMarket({ dir: marketDir, chain, databaseUrl: database.url, homes: [], backendEnv });
  const market = await parts.start('market', starting);
  const client = market.buyer();
  await client.chain.deposit(ORDER_MICRO_USD);
  const { session } = await openOrder(client, { maxSpendMicroUsd: ORDER_MICRO_USD });

  const model = readManifest();
  const hpkeKey = await generateHpkeKey(2);
  const nodeKey = ed25519Key(NODE_SEED);
  const statement = await registerRelayEnclave(market, nodeKey.publicKey, hpkeKey, model);
  const { agent, askedAtMs } = await startAgent(parts, dir, {
    gatewayUrl: market.gatewayUrl,
    nodeSeed: toHex(NODE_SEED),
    statement: z.encode(enclaveStatement, statement),
    answer: answer.toString('base64'),
  });

  const buyer = new RelayBuyer(market);
  const apiKey = await buyer.apiKey();
  await untilAskCompetes(buyer, askedAtMs);
  const grant = await buyer.lease(session, modelDigest(model), apiKey);
  const domain = marketDomain(chain.chainId, market.contracts.settlement);
  const jobs: Buffer[] = [];
  while (jobs.length < jobCount) jobs.push(await sealRelayJob(domain, session, grant, hpkeKey));
  const requestBytes = jobs[0]?.length ?? 0;
  if (jobs.some(({ length }) => length !== requestBytes)) throw new Error('the sealed jobs differ in length');
  return {
    url: market.gatewayUrl,
    gatewayPid: market.backend().pid,
    agent,
    jobHeaders: { authorization: `Bearer ${apiKey}`, [leaseIdHeader]: grant.lease.body.leaseId },
    jobs,
    requestBytes,
    jobCounts: async () => readJobCounts(await (await fetch(market.gatewayUrl + routes.metrics)).text()),
  };
}

/** The model that the market of `npm start` has on sale. Nobody runs it here: the relay is measured, not inference. */
function readManifest() {
  const path = join(repositoryRoot, 'provider-agent/dist/model-manifest.json');
  return modelManifest.parse(JSON.parse(readFileSync(path, 'utf8')));
}

async function startAgent(parts: Lifecycle, dir: string, config: ScriptedAgentConfig) {
  const path = join(dir, 'scripted-agent.json');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  const args = [scriptPath('scripted-agent'), path];
  const agent = await parts.start('agent', startProcess({ name: 'scripted-agent', args, logDir: dir }));
  const { timestampMs } = await agent.until('asked', (line) => line['asked'] === true);
  return { agent, askedAtMs: Number(timestampMs) };
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
