import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import type { EscrowWorld } from '../backend/escrow-world.ts';
import { Inbox } from '../backend/inbox.ts';
import { accountOf, privateKeyOf } from '../market/accounts.ts';
import { emberPath, emberSha256 } from '../market/catalogue.ts';
import { type ManagedProcess, startProcess } from '../market/managed-process.ts';
import { repositoryRoot } from '../market/paths.ts';

export const agentScript = join(repositoryRoot, 'provider-agent/dist/main.js');

export type AgentHome = {
  readonly dir: string;
  readonly dataDir: string;
  readonly configPath: string;
  readonly walletKeyFile: string;
  readonly provider: Hex;
};

/** Less than what a test gives a process to stop. */
const FINISH_JOBS_MS = 8_000;

/** A configured home on the given market: home.yaml, gas key and, apart from them, the wallet's key. */
export function configureHome(
  world: EscrowWorld,
  gatewayUrl: string,
  changes: {
    readonly limits?: object;
    readonly gasKey?: Hex;
    readonly modelSha256?: string;
    readonly finishJobsWithinMs?: number;
    readonly otherModels?: readonly object[];
  } = {},
): AgentHome {
  const dir = mkdtempSync(join(tmpdir(), 'hearth-home-'));
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir);
  const provider = accountOf(world.chain, 'home a wallet').address.toLowerCase() as Hex;
  const gasKeyFile = join(dir, 'gas.key');
  writeFileSync(gasKeyFile, changes.gasKey ?? privateKeyOf(world.chain, 'home a gas'));
  const walletKeyFile = join(dir, 'wallet.key');
  writeFileSync(walletKeyFile, privateKeyOf(world.chain, 'home a wallet'));
  const configPath = join(dir, 'home.yaml');
  const { registry, settlement } = world.market;
  const home = {
    provider,
    gateways: [gatewayUrl],
    rpcUrl: world.chain.rpcUrl,
    chain: { chainId: world.chain.chainId, registry, settlement },
    dataDir: 'data',
    gasKeyFile: 'gas.key',
    region: 'DE-BY',
    ask: { multiplierPpm: 900_000, slots: 16 },
    enclave: {
      socket: 'enclave.sock',
      model: { path: emberPath, sha256: changes.modelSha256 ?? emberSha256 },
      otherModels: changes.otherModels ?? [],
      tee: { driver: 'simulated', seed: dir },
      contextTokens: 512,
    },
    limits: changes.limits ?? {},
    finishJobsWithinMs: changes.finishJobsWithinMs ?? FINISH_JOBS_MS,
  };
  writeFileSync(configPath, JSON.stringify(home)); // JSON is YAML
  return { dir, dataDir, configPath, walletKeyFile, provider };
}

/** A running `hearth-agent`, each of its state changes to be taken once. */
export type Agent = ManagedProcess & { readonly events: Inbox<Record<string, unknown>> };

export async function startAgent(home: AgentHome, command: 'run' | 'host' | 'enclave'): Promise<Agent> {
  const events = new Inbox<Record<string, unknown>>();
  const json = command === 'enclave' ? [] : ['--json'];
  const process = await startProcess({
    name: command,
    args: [agentScript, command, '--config', home.configPath, ...json],
    logDir: home.dir,
    onLine: (line) => events.put(line),
  });
  return { ...process, events };
}

/** The next state change of this name. */
export function nextState(agent: Agent, name: string): Promise<Record<string, unknown>> {
  return agent.events.take(({ state }) => state === name);
}

/** The homeowner's part: `hearth-agent enrol`, once the node has asked. */
export async function enrolWhenAsked(home: AgentHome, agent: Agent): Promise<void> {
  await nextState(agent, 'enrolment-needed');
  const enrol = await startProcess({
    name: 'enrol',
    args: [agentScript, 'enrol', '--data', home.dataDir, '--wallet-key-file', home.walletKeyFile, '--json'],
    logDir: home.dir,
  });
  const code = await enrol.exited;
  if (code !== 0) throw new Error(`enrol ended with ${code}: ${readFileSync(enrol.logFile, 'utf8')}`);
}
