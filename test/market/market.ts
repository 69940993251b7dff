import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulatedRootCa } from '@hearth/attestation';
import { sha256, toHex } from '@hearth/attestation/receipt';
import { type DeployedMarket, deployMarket, releaseListAbi } from '@hearth/contracts';
import { type Client, type ClientOptions, createClient } from '@hearth/sdk';
import { ed25519Key, type Policy, type TrustFile } from '@hearth/sdk/protocol';
import { policyFor } from '../builders/policy.ts';
import type { Chain } from '../environment/chain.ts';
import type { StateDir } from '../environment/state-dir.ts';
import { accountOf, clientsOf, mint, privateKeyOf } from './accounts.ts';
import { catalogueOf, ember, type SaleModel } from './catalogue.ts';
import { Gateway } from './gateway.ts';
import { type Home, type HomeContext, type HomeSettings, startHome } from './home.ts';
import type { ManagedProcess } from './managed-process.ts';
import { type ModelRelease, releaseOf } from './release.ts';

export interface MarketOptions {
  /** Everything the market writes: logs, keys, homes, the buyer's state. */
  readonly dir: string;
  readonly chain: Chain;
  readonly databaseUrl: string;
  readonly homes: readonly HomeSettings[];
  /** What every home sells; Ember by default. */
  readonly model?: SaleModel;
  readonly stateDir?: StateDir;
  /** How many gateways; one by default. */
  readonly replicas?: number;
  readonly gatewayPort?: number;
  /** What agents and buyers connect to instead of the gateway itself: a recording proxy, say. */
  readonly gatewayUrlFor?: (gatewayUrl: string) => Promise<string>;
  readonly enclaveSocketFor?: HomeContext['enclaveSocketFor'];
  /** Environment of the gateway's process where a story needs it otherwise. */
  readonly backendEnv?: Readonly<Record<string, string>>;
  readonly onEvent?: HomeContext['onEvent'];
}

/** A whole market of real processes on one machine, on simulated TEEs. */
export interface Market {
  readonly chain: Chain;
  readonly contracts: DeployedMarket;
  readonly trust: TrustFile;
  readonly homes: Home[];
  /** Replicas of the backend over one database; every home is linked to each. */
  readonly gateways: readonly Gateway[];
  /** Where buyers go: the first gateway. */
  readonly gatewayUrl: string;
  /** Process of the first gateway. */
  backend(): ManagedProcess;
  /** Starts the first gateway again, on the same port and database, after a test killed it. */
  restartBackend(): Promise<void>;
  /** A buyer's client with its own state directory. The policy allows simulated evidence: there is no other here. */
  buyer(overrides?: Partial<ClientOptions>): Client;
  stop(): Promise<void>;
}

export const FEE_BPS = 200;
const TIER_SIMULATED = 0;
const LOG_SEED = sha256(new TextEncoder().encode('hearth development log key, worthless by design'));

export async function startMarket(options: MarketOptions): Promise<Market> {
  const { dir, chain } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const contracts = await deployContracts(chain);
  const logName = await logNameOf(chain);
  const model = options.model ?? ember;
  const modelRelease = await releaseOf(model, dir);
  await listRelease(chain, contracts, modelRelease);
  const trust = trustOf(chain, contracts, logName, modelRelease);
  const cataloguePath = join(dir, 'catalogue.json');
  writeFileSync(cataloguePath, catalogueOf(modelRelease.manifest));
  const env = backendEnvironment(options, contracts, { CATALOGUE_FILE: cataloguePath, LOG_NAME: logName });
  const gateways = await startGateways(options, env);
  const [first] = gateways as [Gateway];
  const [gatewayUrl, ...replicaUrls] = (await Promise.all(
    gateways.map(async ({ url }) => (await options.gatewayUrlFor?.(url)) ?? url),
  )) as [string, ...string[]];
  const context: HomeContext = {
    dir,
    chain,
    contracts,
    gatewayUrls: [gatewayUrl, ...replicaUrls],
    ...(options.enclaveSocketFor ? { enclaveSocketFor: options.enclaveSocketFor } : {}),
    model,
    ...(options.stateDir ? { stateDir: options.stateDir } : {}),
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
  };
  const homes = await Promise.all(options.homes.map((settings) => startHome(settings, context)));
  const stop = async () => {
    await Promise.all(homes.map((home) => home.stop()));
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  };
  try {
    await Promise.all(homes.map((home) => home.ready));
    await untilAsksCompete(chain);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    chain,
    contracts,
    trust,
    homes,
    gateways,
    gatewayUrl,
    backend: () => first.process,
    restartBackend: () => first.restart(),
    buyer: (overrides) =>
      createClient({
        gatewayUrl,
        trust,
        policy: developmentPolicy(trust),
        stateDir: join(dir, 'buyer'),
        account: accountOf(chain, 'buyer'),
        ...overrides,
      }),
    stop,
  };
}

/** One after the other: the first one migrates the database. */
async function startGateways(
  { dir, stateDir, gatewayPort: port = 0, replicas = 1 }: MarketOptions,
  env: Record<string, string>,
): Promise<Gateway[]> {
  const shared = { logDir: dir, ...(stateDir ? { stateDir } : {}), env };
  const gateways = [await Gateway.start({ ...shared, name: 'gateway', port })];
  try {
    while (gateways.length < replicas)
      gateways.push(await Gateway.start({ ...shared, name: `gateway-${gateways.length + 1}`, port: 0 }));
    return gateways;
  } catch (error) {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    throw error;
  }
}

/** An ask competes once a block is younger than it: here, all that stand now. */
async function untilAsksCompete(chain: Chain): Promise<void> {
  const { publicClient } = clientsOf(chain, 'operator');
  const { timestamp } = await publicClient.getBlock();
  const asked = Math.max(Date.now() / 1000, Number(timestamp));
  await new Promise<void>((resolve, reject) => {
    const unwatch = publicClient.watchBlocks({
      onBlock: (block) => {
        if (Number(block.timestamp) <= asked) return;
        unwatch();
        resolve();
      },
      onError: reject,
    });
  });
}

/** A strict policy for exactly the trusted releases, except that development evidence is allowed. */
export function developmentPolicy(trust: TrustFile): Policy {
  return policyFor(trust.releases.map(({ measurementHash }) => measurementHash));
}

const BUYER_MONEY_MICRO_USD = 1_000_000_000n;

async function deployContracts(chain: Chain): Promise<DeployedMarket> {
  const clients = clientsOf(chain, 'operator');
  const deployed = await deployMarket({
    ...clients,
    operatorFeeRecipient: accountOf(chain, 'operator').address,
    feeBps: FEE_BPS,
    simulated: true,
    logOperator: accountOf(chain, 'gateway gas').address,
    logOrigin: await logNameOf(chain),
  });
  const lower = (text: `0x${string}`) => text.toLowerCase() as `0x${string}`;
  const contracts = {
    ...deployed,
    token: lower(deployed.token),
    registry: lower(deployed.registry),
    settlement: lower(deployed.settlement),
    stakeVault: lower(deployed.stakeVault),
    logAnchor: lower(deployed.logAnchor),
    topUpTills: lower(deployed.topUpTills),
  };
  await mint(chain, contracts.token, accountOf(chain, 'buyer').address, BUYER_MONEY_MICRO_USD);
  return contracts;
}

/** A simulated registry takes any release; one that is listed can also be withdrawn. */
async function listRelease(
  chain: Chain,
  { registry }: DeployedMarket,
  { release }: ModelRelease,
): Promise<void> {
  const { publicClient, walletClient } = clientsOf(chain, 'operator');
  const hash = await walletClient.writeContract({
    address: registry,
    abi: releaseListAbi,
    functionName: 'listRelease',
    args: [release.measurementHash, TIER_SIMULATED],
  });
  const { status } = await publicClient.waitForTransactionReceipt({ hash });
  if (status !== 'success') throw new Error(`listing a release: transaction ${hash} was reverted`);
}

/** A development chain lives as long as its process; the next one is another chain, with a log of its own. */
async function logNameOf(chain: Chain): Promise<string> {
  const genesis = await clientsOf(chain, 'operator').publicClient.getBlock({ blockNumber: 0n });
  return `log.hearth.localhost/${genesis.hash.slice(2, 18)}`;
}

function trustOf(
  chain: Chain,
  contracts: DeployedMarket,
  logName: string,
  { release }: ModelRelease,
): TrustFile {
  return {
    schema: 'hearth-trust/1',
    chain: {
      chainId: chain.chainId,
      rpcUrl: chain.rpcUrl,
      registry: contracts.registry,
      settlement: contracts.settlement,
      stakeVault: contracts.stakeVault,
      logAnchor: contracts.logAnchor,
      topUpTills: contracts.topUpTills,
      deploymentBlock: Number(contracts.deploymentBlock),
    },
    logKeys: [{ name: logName, publicKey: ed25519Key(LOG_SEED).publicKey }],
    vendorRootSha256: [simulatedRootCa.certificateSha256],
    releases: [release],
  };
}

function backendEnvironment(
  options: MarketOptions,
  contracts: DeployedMarket,
  more: Record<string, string>,
): Record<string, string> {
  return {
    DATABASE_URL: options.databaseUrl,
    RPC_URL: options.chain.rpcUrl,
    CHAIN_ID: String(options.chain.chainId),
    TOKEN: contracts.token,
    REGISTRY: contracts.registry,
    SETTLEMENT: contracts.settlement,
    DEPLOYMENT_BLOCK: String(contracts.deploymentBlock),
    OPERATOR_PRIVATE_KEY: privateKeyOf(options.chain, 'gateway gas'),
    LOG_ANCHOR: contracts.logAnchor,
    TOP_UP_TILLS: contracts.topUpTills,
    CASHIER_PRIVATE_KEY: privateKeyOf(options.chain, 'cashier'),
    LOG_PRIVATE_KEY: toHex(LOG_SEED),
    ALLOW_SIMULATED: 'true',
    HOST: '127.0.0.1',
    INDEXER_INTERVAL_MS: '100',
    SETTLEMENT_INTERVAL_MS: '200',
    OFFER_ANSWER_MS: '3000', // several homes share these cores; the best ask shall win, not the one that was scheduled first
    ...more,
    ...options.backendEnv,
  };
}
