import { join } from 'node:path';
import type { DeployedMarket } from '@hearth/contracts';
import type { Chain } from '../environment/chain.ts';
import type { StateDir } from '../environment/state-dir.ts';
import { privateKeyOf, type Role } from './accounts.ts';
import type { SaleModel } from './catalogue.ts';
import { type HomeKeys, signEnrolment, writeHomeFiles } from './home-files.ts';
import { type ManagedProcess, startProcess } from './managed-process.ts';
import { repositoryRoot } from './paths.ts';

export interface HomeSettings {
  /** `a`, `b` and `c` have accounts on the development chain; others bring keys. */
  readonly name: string;
  readonly keys?: HomeKeys;
  readonly multiplierPpm: number;
  readonly slots: number;
  readonly region: string;
  /** Which replicas it is linked to, the preferred first; all of them by default. */
  readonly linksTo?: readonly number[];
  /** Its own way to a gateway instead of the direct one: a relay that may be killed, say. */
  readonly gatewayUrlFor?: (gatewayUrl: string) => Promise<string>;
  /** Its own way to the chain, likewise. */
  readonly rpcUrlFor?: (rpcUrl: string) => Promise<string>;
  /** `limits` of its home.yaml, where a story needs other than the defaults. */
  readonly limits?: Readonly<Record<string, number>>;
  /** `energy` of its home.yaml; without it nothing is measured. */
  readonly energy?: object;
  /** `direct` of its home.yaml; without it the node does not listen. */
  readonly direct?: object;
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
  readonly onEvent?: (home: string, event: Record<string, unknown>) => void;
}

/** One home: the two processes of its agent. The demo plays the homeowner's wallet, which is never on the node. */
export interface Home {
  readonly settings: HomeSettings;
  readonly provider: `0x${string}`;
  readonly dataDir: string;
  readonly configPath: string;
  readonly enclave: ManagedProcess;
  readonly host: ManagedProcess;
  /** Resolves once the home is registered, linked and selling. */
  readonly ready: Promise<void>;
  /** The owner's page. */
  dashboardUrl(): Promise<string>;
  /** Starts the host again, on the same data directory, after a test killed it; `host` is the new one then. */
  restartHost(): Promise<void>;
  /** Starts the enclave again after a test killed it: with new keys. Resolves once they are registered and selling. */
  restartEnclave(): Promise<void>;
  stop(): Promise<void>;
}

/** Longest delay that timers take; `until` ends earlier, with the process. */
const NEVER_MS = 2 ** 31 - 1;
const direct = async (url: string): Promise<string> => url;
const agent = join(repositoryRoot, 'provider-agent/dist/main.js');

export async function startHome(settings: HomeSettings, context: HomeContext): Promise<Home> {
  const { name, keys = keysOf(context.chain, name), linksTo } = settings;
  const dir = join(context.dir, `home-${name}`);
  const directUrls = linksTo?.map((index) => context.gatewayUrls[index] as string) ?? context.gatewayUrls;
  const { gatewayUrlFor = direct, rpcUrlFor = direct } = settings;
  const gatewayUrls = await Promise.all(directUrls.map(gatewayUrlFor));
  const { chainId } = context.chain;
  const chain = { chainId, rpcUrl: await rpcUrlFor(context.chain.rpcUrl) };
  const files = (file: string, socket: string) =>
    writeHomeFiles(file, {
      ...settings,
      ...context,
      chain,
      gatewayUrls,
      dir,
      keys,
      socket,
      hasDashboard: true,
    });
  const home = files('home.yaml', join(dir, 'enclave.sock'));
  const hostSocket = await context.enclaveSocketFor?.(home.socket);
  const hostHome = hostSocket === undefined ? home : files('host.yaml', hostSocket);
  const shared = { logDir: context.dir, ...(context.stateDir ? { stateDir: context.stateDir } : {}) };
  const startEnclave = () =>
    startProcess({
      ...shared,
      name: `home-${name}-enclave`,
      args: [agent, 'enclave', '--config', home.configPath],
    });
  let enclave = await startEnclave();
  let timesReady = 0;
  const startHost = () =>
    startProcess({
      ...shared,
      name: `home-${name}-host`,
      args: [agent, 'host', '--config', hostHome.configPath, '--json'],
      onLine: (event) => {
        if (event['state'] === 'enrolment-needed') signEnrolment(home.dataDir, context, keys.wallet);
        if (event['state'] === 'ready') timesReady += 1;
        context.onEvent?.(name, event);
      },
    });
  let host = await startHost();
  return {
    settings,
    provider: home.provider,
    dataDir: home.dataDir,
    configPath: home.configPath,
    get enclave() {
      return enclave;
    },
    get host() {
      return host;
    },
    // An enclave that ends here refused its model or configuration: no host will ever be ready on it.
    ready: Promise.race([
      host.until('ready', (event) => event['state'] === 'ready'),
      enclave.until('ready', () => false, NEVER_MS),
    ]).then(() => undefined),
    dashboardUrl: async () => {
      const { url } = await host.until('dashboard', (event) => event['state'] === 'dashboard');
      return String(url);
    },
    restartHost: async () => {
      host = await startHost();
    },
    restartEnclave: async () => {
      const before = timesReady;
      enclave = await startEnclave();
      await host.until('ready again', ({ state }) => state === 'ready' && timesReady > before);
    },
    stop: async () => {
      await host.stop();
      await enclave.stop();
    },
  };
}

function keysOf(chain: Chain, name: string): HomeKeys {
  return {
    wallet: privateKeyOf(chain, `home ${name} wallet` as Role),
    gas: privateKeyOf(chain, `home ${name} gas` as Role),
  };
}
