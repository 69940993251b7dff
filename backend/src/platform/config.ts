import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type LogLevel, logLevels } from './structured-log.ts';

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'expected a 20-byte 0x-hex address')
  .transform((text) => text.toLowerCase() as `0x${string}`);
const secret32 = z
  .string()
  .regex(/^(0x)?[0-9a-fA-F]{64}$/, 'expected 32 bytes of hex')
  .transform((text) => `0x${text.replace(/^0x/, '').toLowerCase()}` as const);
const wholeNumber = z.coerce.number().int().nonnegative();
const url = (...protocols: string[]) =>
  z
    .url()
    .refine((text) => protocols.includes(new URL(text).protocol), `expected ${protocols.join(' or ')}//…`);

const environment = z.object({
  DATABASE_URL: url('postgres:', 'postgresql:'),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  RPC_URL: url('http:', 'https:'),
  CHAIN_ID: wholeNumber,
  TOKEN: address,
  REGISTRY: address,
  SETTLEMENT: address,
  DEPLOYMENT_BLOCK: wholeNumber.default(0),
  SAFE_CONFIRMATIONS: wholeNumber.optional(),
  OPERATOR_PRIVATE_KEY: secret32,
  LOG_PRIVATE_KEY: secret32,
  LOG_NAME: z
    .string()
    .regex(/^[^\s+]+$/, 'a log name has no spaces and no plus sign')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber.max(65535).default(0),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  INDEXER_INTERVAL_MS: wholeNumber.min(10).default(250),
  SETTLEMENT_INTERVAL_MS: wholeNumber.min(10).default(500),
  SETTLEMENT_WORKER: z.enum(['on', 'off']).default('on'),
  RECEIPT_GATHER_MS: wholeNumber.default(1_000),
  INTERIM_SETTLE_DELAY_MS: wholeNumber.default(10_000),
  HOLD_GRACE_MS: wholeNumber.default(900_000),
  QUALITY_PERIOD_MS: wholeNumber.min(100).default(600_000),
  MISS_GRACE_MS: wholeNumber.default(60_000),
  OFFER_ANSWER_MS: wholeNumber.min(1).default(150),
  CATALOGUE_FILE: z.string().min(1).optional(),
  LOG_ANCHOR: address.optional(),
  TOP_UP_TILLS: address.optional(),
  CASHIER_PRIVATE_KEY: secret32.optional(),
  MIN_TOP_UP_MICRO_USD: z.coerce.bigint().positive().default(1_000_000n),
  ANCHOR_INTERVAL_MS: wholeNumber.min(1).default(600_000),
  DRAND_SOURCE: z.string().min(1).optional(),
  DRAND_NETWORK_FILE: z.string().min(1).optional(),
  WITNESSES_FILE: z.string().min(1).optional(),
  MARKET_NAME: z.string().min(1).max(100).default('Hearth'),
  ALLOW_SIMULATED: z.enum(['true', 'false']).default('false'),
  MAX_CONCURRENT_JOBS: wholeNumber.min(1).default(4096),
  MAX_CONCURRENT_JOBS_PER_KEY: wholeNumber.min(1).default(256),
  MAX_CONCURRENT_JOBS_PER_ORDER: wholeNumber.min(1).default(128),
  MAX_JOBS_PER_SECOND_PER_KEY: wholeNumber.min(1).default(1_000),
  RECONCILE_INTERVAL_MS: wholeNumber.min(10).default(60_000),
  UNEXPLAINED_MONEY_ALARM_MS: wholeNumber.default(900_000),
});

/** Everything the process takes from outside, parsed once at boot and frozen. A class only so that Nest can inject it by type. */
export abstract class Config {
  abstract readonly databaseUrl: string;
  /** Set: BullMQ wake-ups run over Redis; absent: over Postgres. */
  abstract readonly redisUrl: string | undefined;
  abstract readonly rpcUrl: string;
  abstract readonly chainId: number;
  abstract readonly token: `0x${string}`;
  abstract readonly registry: `0x${string}`;
  abstract readonly settlement: `0x${string}`;
  /** First block that can hold an event of our contracts; the indexer starts here. */
  abstract readonly deploymentBlock: number;
  /** Set: safe and finalised are `head − n`; absent: the chain's own `safe` and `finalized` tags. */
  abstract readonly safeConfirmations: number | undefined;
  /** Pays gas for settle(); moves no escrowed money. */
  abstract readonly operatorPrivateKey: `0x${string}`;
  /** Ed25519 seed of the log key: checkpoints, timestamps, holds, countersignatures. */
  abstract readonly logPrivateKey: `0x${string}`;
  /** C2SP origin line and key name of the log; absent: derived from the chain's identity. */
  abstract readonly logName: string | undefined;
  abstract readonly host: string;
  abstract readonly port: number;
  abstract readonly logLevel: LogLevel;
  abstract readonly indexerIntervalMs: number;
  abstract readonly settlementIntervalMs: number;
  /** Off: this replica stores receipts and leaves the sending to another one. */
  abstract readonly settlementWorker: boolean;
  /** Receipts that come over links within this time are stored together. */
  abstract readonly receiptGatherMs: number;
  /** An interim receipt is settled only when no later one came for this long: its job is then presumed dead. */
  abstract readonly interimSettleDelayMs: number;
  /** How long after a Hold's expiry a receipt for work started under it may still arrive; then the rest is released. */
  abstract readonly holdGraceMs: number;
  /** A quality table at least this far apart. Every replica of a market has the same: auditors expect it. */
  abstract readonly qualityPeriodMs: number;
  /** A lost job's receipt may come this much later, from a node that was cut off, before the loss is logged. */
  abstract readonly missGraceMs: number;
  /** A node has this long to answer an OFFER, or three round trips if that is longer; then the next one is asked. */
  abstract readonly offerAnswerMs: number;
  /** JSON list of models on sale with their base prices; absent: nothing is on sale. */
  abstract readonly catalogueFile: string | undefined;
  /** The `LogAnchor` contract of this log, whose operator our key is; absent: nothing is anchored. */
  abstract readonly logAnchor: `0x${string}` | undefined;
  /** The `TopUpTills` contract; with it and a cashier, orders are opened for whoever pays by x402. */
  abstract readonly topUpTills: `0x${string}` | undefined;
  /** Pays the gas of what buyers have signed; moves no money. */
  abstract readonly cashierPrivateKey: `0x${string}` | undefined;
  /** Smaller orders are not worth their gas. */
  abstract readonly minTopUpMicroUsd: bigint;
  /** The log's root goes on-chain this often, if it grew. */
  abstract readonly anchorIntervalMs: number;
  /** Ties are broken by its rounds: URL of a drand chain (`https://api.drand.sh/<chain hash>`), or a file with its newest round. */
  abstract readonly drandSource: string | undefined;
  /** JSON of another network than quicknet: chainHash, publicKey, genesisUnixSec, periodSec. */
  abstract readonly drandNetworkFile: string | undefined;
  /** JSON list of witnesses (name, publicKey, url) that cosign checkpoints; absent: none is asked. */
  abstract readonly witnessesFile: string | undefined;
  abstract readonly marketName: string;
  /** Lets enclaves of the development root trade. Their tier stays 0, and every buyer's policy still decides. */
  abstract readonly allowSimulated: boolean;
  abstract readonly maxConcurrentJobs: number;
  abstract readonly maxConcurrentJobsPerKey: number;
  abstract readonly maxConcurrentJobsPerOrder: number;
  /** Twice as many may come at once. All four limits are of one process: replicas do not add up their counts. */
  abstract readonly maxJobsPerSecondPerKey: number;
  /** How often the ledger is compared with the chain. */
  abstract readonly reconcileIntervalMs: number;
  /** A difference between ledger and chain that is older than this rings. */
  abstract readonly unexplainedMoneyAlarmMs: number;
}

/** Reads the environment or throws one error that names every bad variable, never its value. `NAME_FILE` may stand for a secret `NAME`. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const withFiles = { ...env };
  for (const name of ['OPERATOR_PRIVATE_KEY', 'LOG_PRIVATE_KEY', 'CASHIER_PRIVATE_KEY', 'DATABASE_URL']) {
    const path = env[`${name}_FILE`];
    if (path !== undefined) withFiles[name] = readFileSync(path, 'utf8').trim();
  }
  const parsed = environment.safeParse(withFiles);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`CONFIG_INVALID: ${problems.join('; ')}`);
  }
  const e = parsed.data;
  return Object.freeze({
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    rpcUrl: e.RPC_URL,
    chainId: e.CHAIN_ID,
    token: e.TOKEN,
    registry: e.REGISTRY,
    settlement: e.SETTLEMENT,
    deploymentBlock: e.DEPLOYMENT_BLOCK,
    safeConfirmations: e.SAFE_CONFIRMATIONS,
    operatorPrivateKey: e.OPERATOR_PRIVATE_KEY,
    logPrivateKey: e.LOG_PRIVATE_KEY,
    logName: e.LOG_NAME,
    host: e.HOST,
    port: e.PORT,
    logLevel: e.LOG_LEVEL,
    indexerIntervalMs: e.INDEXER_INTERVAL_MS,
    settlementIntervalMs: e.SETTLEMENT_INTERVAL_MS,
    settlementWorker: e.SETTLEMENT_WORKER === 'on',
    receiptGatherMs: e.RECEIPT_GATHER_MS,
    interimSettleDelayMs: e.INTERIM_SETTLE_DELAY_MS,
    holdGraceMs: e.HOLD_GRACE_MS,
    qualityPeriodMs: e.QUALITY_PERIOD_MS,
    missGraceMs: e.MISS_GRACE_MS,
    offerAnswerMs: e.OFFER_ANSWER_MS,
    catalogueFile: e.CATALOGUE_FILE,
    logAnchor: e.LOG_ANCHOR,
    topUpTills: e.TOP_UP_TILLS,
    cashierPrivateKey: e.CASHIER_PRIVATE_KEY,
    minTopUpMicroUsd: e.MIN_TOP_UP_MICRO_USD,
    anchorIntervalMs: e.ANCHOR_INTERVAL_MS,
    drandSource: e.DRAND_SOURCE,
    drandNetworkFile: e.DRAND_NETWORK_FILE,
    witnessesFile: e.WITNESSES_FILE,
    marketName: e.MARKET_NAME,
    allowSimulated: e.ALLOW_SIMULATED === 'true',
    maxConcurrentJobs: e.MAX_CONCURRENT_JOBS,
    maxConcurrentJobsPerKey: e.MAX_CONCURRENT_JOBS_PER_KEY,
    maxConcurrentJobsPerOrder: e.MAX_CONCURRENT_JOBS_PER_ORDER,
    maxJobsPerSecondPerKey: e.MAX_JOBS_PER_SECOND_PER_KEY,
    reconcileIntervalMs: e.RECONCILE_INTERVAL_MS,
    unexplainedMoneyAlarmMs: e.UNEXPLAINED_MONEY_ALARM_MS,
  });
}
