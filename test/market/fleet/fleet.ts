import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { toHex } from '@hearth/attestation/receipt';
import type { ModelManifest } from '@hearth/sdk/protocol';
import { createTestClient, http } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import type { SaleModel } from '../catalogue.ts';
import { type HomeFiles, type HomeKeys, type HomePlan, writeHomeFiles } from '../home-files.ts';
import { startProcess } from '../managed-process.ts';
import type { AgentsConfig, FleetEvent } from './agents-config.ts';

export interface FleetOptions extends Pick<HomePlan, 'chain' | 'contracts' | 'slots'> {
  readonly dir: string;
  readonly agents: number;
  /** Over how many processes they are spread. */
  readonly processes: number;
  readonly model: SaleModel;
  readonly manifest: ModelManifest;
  readonly gatewayUrlsOf: (index: number) => readonly string[];
  readonly multiplierPpmOf: (index: number) => number;
  readonly answer: AgentsConfig['answer'];
  readonly onEvent?: (event: FleetEvent) => void;
}

/** A home of the fleet: its name in events, and its files. */
export type FleetHome = HomeFiles & { readonly name: string };

const ETHER = 10n ** 18n;
/** Registering a thousand enclaves takes a development chain minutes. */
const READY_TIMEOUT_MS = 900_000;

/** Many homes, each with production host and enclave, in few processes. Resolves when all of them sell. */
export async function startFleet(parts: Lifecycle, options: FleetOptions): Promise<FleetHome[]> {
  const { dir, agents, processes, manifest, answer, onEvent } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const homes = await Promise.all(Array.from({ length: agents }, (_, index) => prepareHome(options, index)));
  const batches = Array.from({ length: Math.min(processes, agents) }, (_, index) =>
    homes.filter((_, home) => home % processes === index),
  );
  const script = join(import.meta.dirname, `agents${extname(import.meta.filename)}`);
  const started = await Promise.all(
    batches.map(async (batch, index) => {
      const name = `fleet-${index + 1}`;
      const path = join(dir, `${name}.json`);
      const config: AgentsConfig = { homes: batch.map(({ home }) => home), manifest, answer };
      writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
      const onLine = (line: Record<string, unknown>) => {
        if ('home' in line) onEvent?.(line as unknown as FleetEvent);
      };
      const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));
      return parts.start(name, startProcess({ name, args: [...flags, script, path], logDir: dir, onLine }));
    }),
  );
  await Promise.all(
    started.map((agentsOf) =>
      agentsOf.until('all ready', ({ allReady }) => allReady === true, READY_TIMEOUT_MS),
    ),
  );
  return homes.map(({ home, files }) => ({ ...files, name: home.name }));
}

async function prepareHome(options: FleetOptions, index: number) {
  const { dir, chain, contracts, slots, model } = options;
  const name = `f${index}`;
  const keys: HomeKeys = { wallet: toHex(randomBytes(32)), gas: toHex(randomBytes(32)) };
  await createTestClient({ mode: 'hardhat', transport: http(chain.rpcUrl) }).setBalance({
    address: privateKeyToAddress(keys.gas),
    value: ETHER,
  });
  const home = join(dir, name);
  const files = writeHomeFiles('home.yaml', {
    name,
    dir: home,
    chain,
    contracts,
    keys,
    gatewayUrls: options.gatewayUrlsOf(index),
    multiplierPpm: options.multiplierPpmOf(index),
    slots,
    region: 'DE',
    model,
    socket: join(home, 'enclave.sock'),
  });
  return { files, home: { name, configPath: files.configPath, walletKey: keys.wallet } };
}
