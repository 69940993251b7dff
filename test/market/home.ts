import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, hashEnrolEnclave, signDigest } from '@hearth/attestation/receipt';
import { type DeployedMarket, registryDomain } from '@hearth/contracts';
import type { Chain } from '../environment/chain.ts';
import type { StateDir } from '../environment/state-dir.ts';
import { accountOf, privateKeyOf } from './accounts.ts';
import type { SaleModel } from './catalogue.ts';
import { type ManagedProcess, startProcess } from './managed-process.ts';
import { repositoryRoot } from './paths.ts';

export type HomeName = 'a' | 'b' | 'c';

export interface HomeSettings {
  readonly name: HomeName;
  readonly multiplierPpm: number;
  readonly slots: number;
  readonly region: string;
  /** `limits` of its home.yaml, where a story needs other than the defaults. */
  readonly limits?: Readonly<Record<string, number>>;
}

export interface HomeContext {
  readonly dir: string;
  readonly chain: Chain;
  readonly contracts: DeployedMarket;
  /** Every replica; the node is linked to each. */
  readonly gatewayUrls: readonly string[];
  /** Where the host finds the enclave instead of at its socket itself: at a recording proxy, say. */
  readonly enclaveSocketFor?: (socket: string) => Promise<string>;
  readonly model: SaleModel;
  readonly stateDir?: StateDir;
  readonly onEvent?: (home: HomeName, event: Record<string, unknown>) => void;
}

/** One home: the two processes of its agent. The demo plays the homeowner's wallet, which is never on the node. */
export interface Home {
  readonly settings: HomeSettings;
  readonly provider: `0x${string}`;
  readonly dataDir: string;
  readonly enclave: ManagedProcess;
  readonly host: ManagedProcess;
  /** Resolves once the home is registered, linked and selling. */
  readonly ready: Promise<void>;
  /** Starts the host again, on the same data directory, after a test killed it; `host` is the new one then. */
  restartHost(): Promise<void>;
  stop(): Promise<void>;
}

/** Longest delay that timers take; `until` ends earlier, with the process. */
const NEVER_MS = 2 ** 31 - 1;
const agent = join(repositoryRoot, 'provider-agent/dist/main.js');

export async function startHome(settings: HomeSettings, context: HomeContext): Promise<Home> {
  const { name } = settings;
  const { chain, contracts } = context;
  const dir = join(context.dir, `home-${name}`);
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const provider = accountOf(chain, `home ${name} wallet`).address.toLowerCase() as `0x${string}`;
  const socket = join(dir, 'enclave.sock');
  const config = writeConfig('home.yaml', dir, dataDir, settings, context, provider, socket);
  const hostSocket = await context.enclaveSocketFor?.(socket);
  const hostConfig =
    hostSocket === undefined
      ? config
      : writeConfig('host.yaml', dir, dataDir, settings, context, provider, hostSocket);
  const shared = { logDir: context.dir, ...(context.stateDir ? { stateDir: context.stateDir } : {}) };
  const enclave = await startProcess({
    ...shared,
    name: `home-${name}-enclave`,
    args: [agent, 'enclave', '--config', config],
  });
  const enrol = () => signEnrolment(dataDir, chain, contracts, privateKeyOf(chain, `home ${name} wallet`));
  const startHost = () =>
    startProcess({
      ...shared,
      name: `home-${name}-host`,
      args: [agent, 'host', '--config', hostConfig, '--json'],
      onLine: (event) => {
        if (event['state'] === 'enrolment-needed') enrol();
        context.onEvent?.(name, event);
      },
    });
  let host = await startHost();
  return {
    settings,
    provider,
    dataDir,
    enclave,
    get host() {
      return host;
    },
    // An enclave that ends here refused its model or configuration: no host will ever be ready on it.
    ready: Promise.race([
      host.until('ready', (event) => event['state'] === 'ready'),
      enclave.until('ready', () => false, NEVER_MS),
    ]).then(() => undefined),
    restartHost: async () => {
      host = await startHost();
    },
    stop: async () => {
      await host.stop();
      await enclave.stop();
    },
  };
}

/** JSON is YAML, so this is a `home.yaml`. */
function writeConfig(
  file: string,
  dir: string,
  dataDir: string,
  settings: HomeSettings,
  context: HomeContext,
  provider: string,
  socket: string,
): string {
  const { chain, contracts, gatewayUrls, model } = context;
  const gasKeyFile = join(dir, 'gas.key');
  writeFileSync(gasKeyFile, `${privateKeyOf(chain, `home ${settings.name} gas`)}\n`, { mode: 0o600 });
  const path = join(dir, file);
  const home = {
    provider,
    gateways: gatewayUrls,
    rpcUrl: chain.rpcUrl,
    chain: { chainId: chain.chainId, registry: contracts.registry, settlement: contracts.settlement },
    dataDir,
    gasKeyFile,
    region: settings.region,
    ask: { multiplierPpm: settings.multiplierPpm, slots: settings.slots },
    enclave: {
      socket,
      model: { path: model.path, sha256: model.sha256, name: model.name },
      tee: { driver: 'simulated', seed: `home ${settings.name}` },
      contextTokens: model.contextTokens,
    },
    ...(settings.limits ? { limits: settings.limits } : {}),
  };
  writeFileSync(path, `${JSON.stringify(home, null, 2)}\n`, { mode: 0o600 });
  return path;
}

const ENROLMENT_LIFE_SEC = 86_400n;

function signEnrolment(
  dataDir: string,
  chain: Chain,
  contracts: DeployedMarket,
  walletKey: `0x${string}`,
): void {
  const { enclaveKey, nodeKey } = JSON.parse(readFileSync(join(dataDir, 'enrolment-request.json'), 'utf8'));
  const enrolment = {
    enclaveKey,
    nodeKey,
    deadlineUnixSec: BigInt(Math.floor(Date.now() / 1000)) + ENROLMENT_LIFE_SEC,
  };
  const digest = hashEnrolEnclave(registryDomain(chain.chainId, contracts.registry), enrolment);
  const signed = {
    enrolment: { ...enrolment, deadlineUnixSec: String(enrolment.deadlineUnixSec) },
    signature: signDigest(digest, fromHex(walletKey)),
  };
  const path = join(dataDir, 'enrolment.json');
  writeFileSync(`${path}.tmp`, JSON.stringify(signed));
  renameSync(`${path}.tmp`, path);
}
