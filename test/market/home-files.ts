import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, hashEnrolEnclave, signDigest } from '@hearth/attestation/receipt';
import { type DeployedMarket, registryDomain } from '@hearth/contracts';
import { privateKeyToAddress } from 'viem/accounts';
import type { Chain } from '../environment/chain.ts';
import type { SaleModel } from './catalogue.ts';

type Hex = `0x${string}`;

export interface HomeKeys {
  readonly wallet: Hex;
  /** Has some ether. */
  readonly gas: Hex;
}

export interface HomePlan {
  readonly name: string;
  /** Of its own; made if it is not there. */
  readonly dir: string;
  readonly chain: Pick<Chain, 'rpcUrl' | 'chainId'>;
  readonly contracts: Pick<DeployedMarket, 'registry' | 'settlement'>;
  readonly keys: HomeKeys;
  readonly gatewayUrls: readonly string[];
  readonly multiplierPpm: number;
  readonly slots: number;
  readonly region: string;
  readonly model: SaleModel;
  readonly socket: string;
  readonly limits?: Readonly<Record<string, number>>;
  /** `energy` of its home.yaml. */
  readonly energy?: object;
  /** `direct` of its home.yaml. */
  readonly direct?: object;
  /** The owner's page is served on a free port. */
  readonly hasDashboard?: boolean;
}

export interface HomeFiles {
  readonly configPath: string;
  readonly dataDir: string;
  readonly socket: string;
  readonly provider: Hex;
}

/** Less than what a market gives a process to stop. */
const FINISH_JOBS_MS = 5_000;

/** What stands on a home's disk before its agent first runs: `home.yaml` (JSON is YAML) and the gas key. */
export function writeHomeFiles(file: string, plan: HomePlan): HomeFiles {
  const { name, dir, chain, contracts, keys, model, socket, limits, energy, direct, hasDashboard } = plan;
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const provider = privateKeyToAddress(keys.wallet).toLowerCase() as Hex;
  const gasKeyFile = join(dir, 'gas.key');
  writeFileSync(gasKeyFile, `${keys.gas}\n`, { mode: 0o600 });
  const configPath = join(dir, file);
  const home = {
    provider,
    gateways: plan.gatewayUrls,
    rpcUrl: chain.rpcUrl,
    chain: { chainId: chain.chainId, registry: contracts.registry, settlement: contracts.settlement },
    dataDir,
    gasKeyFile,
    region: plan.region,
    ask: { multiplierPpm: plan.multiplierPpm, slots: plan.slots },
    enclave: {
      socket,
      model: { path: model.path, sha256: model.sha256, name: model.name },
      tee: { driver: 'simulated', seed: `home ${name}` },
      contextTokens: model.contextTokens,
    },
    finishJobsWithinMs: FINISH_JOBS_MS,
    ...(limits ? { limits } : {}),
    ...(energy ? { energy } : {}),
    ...(direct ? { direct } : {}),
    ...(hasDashboard ? { dashboard: { port: 0 } } : {}),
  };
  writeFileSync(configPath, `${JSON.stringify(home, null, 2)}\n`, { mode: 0o600 });
  return { configPath, dataDir, socket, provider };
}

const ENROLMENT_LIFE_SEC = 86_400n;

/** The homeowner's consent to the enclave that its node has asked about, where the node looks for it. */
export function signEnrolment(
  dataDir: string,
  { chain, contracts }: Pick<HomePlan, 'chain' | 'contracts'>,
  walletKey: Hex,
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
