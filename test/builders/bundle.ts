import type { DcapCollateral } from '@hearth/attestation';
import { type Hex, hashOrder, signDigest } from '@hearth/attestation/receipt';
import { marketDomain, type Order } from '@hearth/contracts/typed-data';
import type { Chain } from '@hearth/sdk';
import { poolId } from '@hearth/sdk/market';
import {
  type Bundle,
  builtInEngine,
  modelDigest as digestOf,
  type LogEntry,
  type ModelManifest,
  type Policy,
  policyHash,
  receiptLeaf,
  signMessage,
  type TrustFile,
  wantedRegions,
} from '@hearth/sdk/protocol';
import { policyFor } from './policy.ts';
import { type Auction, homeTerms, modelName, runAuction } from './world-auction.ts';
import { scriptedChain, settlementSeenOf } from './world-chain.ts';
import { bootEnclave, releaseOf, type WorldEnclave } from './world-evidence.ts';
import { type Job, runJob } from './world-job.ts';
import { type HomeKeys, idOf, type WorldKeys, worldKeys } from './world-keys.ts';
import { emptyTable, noteOf, WorldLog } from './world-log.ts';
import {
  type Contracts,
  defaultContracts,
  type Lies,
  toldBy,
  type WorldOptions,
  worldAtMs,
} from './world-options.ts';

export { type Lies, type WorldOptions, worldAtMs } from './world-options.ts';

/** One paid job with all that proves it, and what an auditor of that market would hold against it. */
export type World = {
  readonly bundle: Bundle;
  readonly trust: TrustFile;
  readonly chain: Chain;
  /** The same chain, but for what `changes` answer. */
  chainWith(changes: Partial<Chain>): Chain;
  readonly keys: WorldKeys;
  readonly quote: Uint8Array;
  readonly collateral: DcapCollateral;
  /** The log that the bundle's proofs lead to. */
  readonly log: WorldLog;
};

const DAY_SEC = 86_400;
const LOG_NAME = 'hearth.test/log';

/** Builds a world through the production functions, without a process, a clock or a random number. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { seed, lies = {}, contracts = defaultContracts } = options;
  const keys = worldKeys(seed, options.logKeySeed ?? seed, homeTerms.length);
  const domain = marketDomain(contracts.chainId, contracts.settlement);
  const enclave = await bootEnclave(options, contracts, keys.homes[0] as HomeKeys);
  const model = modelOf(seed);
  const modelDigest = digestOf(model);
  const policy = toldBy(lies.policy, policyFor([enclave.measurementHash], { regions: { anyOf: ['DE'] } }));
  const order = toldBy(lies.order, orderOf(seed, keys, policy));
  const orderHash = hashOrder(domain, order);
  const log = new WorldLog();
  const regions = wantedRegions(policy);
  const { platformId } = enclave.platform;
  const market = { seed, lies, contracts, keys, order, orderHash, modelDigest };
  const auction = runAuction({ ...market, regions, platformId, log });
  const job = runJob({ ...market, domain, enclave, winner: auction.clearing.winner });
  const bundle: Bundle = {
    schema: 'hearth-bundle/1',
    domain: contracts,
    order,
    orderSignature: signDigest(orderHash, keys.buyer.privateKey),
    jobHeader: job.jobHeader,
    sessionSignature: job.sessionSignature,
    authorization: job.authorization,
    receipt: job.receipt,
    receiptSignature: job.signature,
    earlierAttempts: [],
    laterAttempts: [],
    enclaveKeys: enclave.enclaveKeys,
    keyConfig: enclave.keyConfig,
    evidence: enclave.evidence,
    model: toldBy(lies.model, model),
    policy,
    ...prove({ lies, keys, log, auction, job, modelDigest }),
    settlement: settlementSeenOf(seed, job.receipt.settlement.cumulativePicoUsd),
    openings: job.openings,
  };
  const chainWith = (changes: Partial<Chain>) => scriptedChain(bundle, platformId, changes);
  const trust = trustOf(contracts, keys, enclave, modelDigest);
  return {
    bundle,
    trust,
    chain: chainWith({}),
    chainWith,
    keys,
    quote: enclave.quote,
    collateral: enclave.platform.collateral(),
    log,
  };
}

type Proving = { lies: Lies; keys: WorldKeys; log: WorldLog; auction: Auction; job: Job; modelDigest: Hex };

/** Logs clearing and receipt, with other business around them, and proves both under one signed checkpoint. */
function prove({ lies, keys, log, auction, job, modelDigest }: Proving): Pick<Bundle, 'auction' | 'log'> {
  const { clearing, beacon, books, citedSize, inputIndexes } = auction;
  const cleared: LogEntry = { kind: 'clearing', atMs: worldAtMs + 40, clearing };
  const received = toldBy(lies.receiptEntry, receiptEntryOf(keys, auction, job, modelDigest, lies));
  const between: LogEntry = { kind: 'quality', atMs: worldAtMs + 60, quality: emptyTable };
  const order = lies.receiptFirst ? [received, between, cleared] : [cleared, between, received];
  const [first = 0, , last = 0] = order.map((entry) => log.append(entry));
  log.append({ ...between, atMs: worldAtMs + 2_500 });
  const block = {
    ...beacon,
    blockNumber: beacon.blockNumber + 2,
    blockHash: idOf(beacon.blockHash, 'two later'),
    timestampMs: worldAtMs,
  };
  const checkpoint = toldBy(lies.checkpoint, log.checkpoint(LOG_NAME, worldAtMs + 3_000, block));
  const [clearingIndex, receiptIndex] = lies.receiptFirst ? [last, first] : [first, last];
  return {
    log: { checkpoint: noteOf(checkpoint, keys.log), receipt: log.prove(receiptIndex) },
    auction: {
      clearing: log.prove(clearingIndex),
      inputs: inputIndexes.map((index) => log.prove(index, citedSize)),
      books,
      consistency: log.consistency(citedSize),
    },
  };
}

function receiptEntryOf(
  keys: WorldKeys,
  auction: Auction,
  { receipt, receiptHash }: Job,
  modelDigest: Hex,
  lies: Lies,
): LogEntry {
  const { node } = keys.homes[0] as HomeKeys;
  const { settlement, execution } = receipt;
  const leaf = toldBy(lies.receiptLeaf, {
    v: 1 as const,
    receiptHash,
    leaseId: execution.leaseId as Hex,
    poolId: poolId(modelDigest, execution.tier, auction.poolClass),
    provider: settlement.provider as Hex,
    nodeKey: node.publicKey,
    effectiveAsk: auction.clearing.winner.effectiveAsk,
    outcome: execution.outcome,
    billedTokens: execution.inputTokens + execution.outputTokens,
  });
  return { kind: 'receipt', atMs: worldAtMs + 2_000, message: signMessage(receiptLeaf, leaf, node) };
}

function modelOf(seed: string): ModelManifest {
  const chatTemplateSha256 = idOf(seed, 'chat template');
  const files = [{ name: 'ember.gguf', sha256: idOf(seed, 'weights'), bytes: 2_000_000 }];
  const engine = { name: builtInEngine, version: '3.22.1' };
  return {
    v: 1,
    name: modelName,
    files,
    tokenizer: 'gguf',
    chatTemplateSha256,
    quantisation: 'Q8_0',
    engine,
  };
}

function orderOf(seed: string, keys: WorldKeys, policy: Policy): Order {
  return {
    buyer: keys.buyer.address,
    sessionKey: keys.session.address,
    maxSpendMicroUsd: 5_000_000n,
    maxPriceInput: policy.prices.inputMicroUsdPerMTok.atMost,
    maxPriceCachedInput: policy.prices.cachedInputMicroUsdPerMTok.atMost,
    maxPriceOutput: policy.prices.outputMicroUsdPerMTok.atMost,
    maxSpendPerEnclaveMicroUsd: 5_000_000n,
    policyHash: policyHash(policy),
    minTier: 0,
    validAfterUnixSec: BigInt(worldAtMs / 1000 - 3600),
    validUntilUnixSec: BigInt(worldAtMs / 1000 + DAY_SEC),
    salt: idOf(seed, 'order salt'),
  };
}

function trustOf(contracts: Contracts, keys: WorldKeys, enclave: WorldEnclave, modelDigest: Hex): TrustFile {
  return {
    schema: 'hearth-trust/1',
    chain: { ...contracts, rpcUrl: null },
    logKeys: [{ name: LOG_NAME, publicKey: keys.log.publicKey }],
    vendorRootSha256: [enclave.platform.trustAnchor.certificateSha256],
    releases: [releaseOf(enclave, [modelDigest])],
  };
}
