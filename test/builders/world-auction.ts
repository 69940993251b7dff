import { type Hex, hashLeaseRequest, signDigest } from '@hearth/attestation/receipt';
import { type LeaseRequest, marketDomain, type Order } from '@hearth/contracts/typed-data';
import {
  AskBook,
  citedFacts,
  clear,
  highestMultiplierFloor,
  noFacts,
  type StandingAsk,
  soughtBy,
} from '@hearth/sdk/market';
import {
  type Ask,
  ask,
  askId,
  type BlockBeacon,
  type BookProof,
  type Clearing,
  type Ed25519Key,
  jobClasses,
  type LogEntry,
  leaseId,
  messageId,
  priceCard,
  regionsHash,
  signMessage,
  slotCounter,
  tiers,
} from '@hearth/sdk/protocol';
import type { z } from 'zod';
import { type HomeKeys, idOf, type WorldKeys } from './world-keys.ts';
import type { WorldLog } from './world-log.ts';
import { type Contracts, type Lies, toldBy, worldAtMs } from './world-options.ts';

export type PriceCardBody = z.output<typeof priceCard.body>;
/** A home's ask as it stands in the log, with the key that signs for it. */
export type StandingHome = StandingAsk & { readonly ask: Ask; readonly node: Ed25519Key };

/** Three homes: the first is the cheapest and runs the job, the third is outside the regions asked for. */
export const homeTerms = [
  { multiplierPpm: 900_000, region: 'DE-BY' },
  { multiplierPpm: 1_000_000, region: 'DE' },
  { multiplierPpm: 800_000, region: 'FR' },
] as const;

export const modelName = 'ember-2m-q8_0';

export type AuctionSetting = {
  readonly seed: string;
  readonly lies: Lies;
  readonly contracts: Contracts;
  readonly keys: WorldKeys;
  readonly order: Order;
  readonly orderHash: Hex;
  readonly modelDigest: Hex;
  readonly regions: readonly string[];
  /** keccak256(PPID) of the first home's machine. */
  readonly platformId: Hex;
  readonly log: WorldLog;
};

export type Auction = {
  readonly clearing: Clearing;
  readonly beacon: BlockBeacon;
  readonly poolClass: number;
  readonly inputIndexes: readonly number[];
  readonly books: BookProof[];
  readonly citedSize: number;
};

/** Logs price card, asks and counters, and clears one signed request over them with the market's own function. */
export function runAuction(setting: AuctionSetting): Auction {
  const { seed, lies, keys, log } = setting;
  const card = priceCardOf(setting);
  const priceCardHash = messageId(priceCard, card);
  const inputIndexes = [
    log.append({
      kind: 'price-card',
      atMs: worldAtMs - 1_200_000,
      message: signMessage(priceCard, card, lies.priceCardSigner ?? keys.log),
    }),
  ];
  const homes = homeTerms.map((_, i): StandingHome => standingAsk(setting, i, priceCardHash));
  const book = new AskBook({ isProvable: true });
  for (const entry of homes.flatMap((home) => entriesOf(home, lies))) {
    const index = log.append(entry);
    fold(book, index, entry);
    if (entry.kind === 'ask') inputIndexes.push(index);
  }
  for (const entry of lies.extraInputs?.(homes, keys.log) ?? []) {
    const index = log.append(entry);
    fold(book, index, entry);
    inputIndexes.push(index);
  }
  const citedSize = log.size;
  const beacon = {
    blockNumber: 4_100,
    blockHash: idOf(seed, 'beacon block'),
    timestampMs: worldAtMs - 2_000,
  };
  const request = leaseRequestOf(setting, citedSize);
  const truth = clearingOf(setting, request, { card, priceCardHash, homes, beacon });
  const terms = truth.request.request;
  const clearing = toldBy(lies.clearing, {
    ...truth,
    books: book.booksOf(terms, priceCardHash, citedSize),
  });
  const highestPpm = highestMultiplierFloor({ ...card, priceCardHash }, terms);
  const sought = soughtBy(terms, truth.request.regions, [], highestPpm); // two homes rank
  const books = book.prove(terms, priceCardHash, sought, citedSize);
  return { clearing, beacon, poolClass: request.class, inputIndexes, books, citedSize };
}

function fold(book: AskBook, index: number, entry: LogEntry): void {
  if (entry.kind === 'ask') {
    const { message, platformId, atMs: timestampMs } = entry;
    book.putAsk(index, { askId: askId(message.body), ask: message.body, platformId, timestampMs });
  } else if (entry.kind === 'slot-counter') book.putCounter(index, entry.message.body, entry.atMs);
}

function priceCardOf({ lies, modelDigest }: AuctionSetting): PriceCardBody {
  return toldBy(lies.priceCard, {
    v: 1 as const,
    model: modelName,
    modelDigest,
    class: jobClasses.chat,
    inputMicroUsdPerMTok: 20_000_000n,
    cachedInputMicroUsdPerMTok: 5_000_000n,
    outputMicroUsdPerMTok: 200_000_000n,
    validFromMs: worldAtMs - 1_200_000,
  });
}

function standingAsk(
  { seed, lies, keys, modelDigest, platformId }: AuctionSetting,
  i: number,
  priceCardHash: Hex,
): StandingHome {
  const { provider, enclave, node } = keys.homes[i] as HomeKeys;
  const truth: Ask = {
    v: 1,
    nodeKey: node.publicKey,
    provider: provider.address,
    enclaveKey: enclave.address,
    model: modelName,
    modelDigest,
    priceCardHash,
    tier: tiers.simulated,
    class: jobClasses.chat,
    ...(homeTerms[i] as (typeof homeTerms)[number]),
    slots: 2,
    maxContextTokens: 4096,
    validFromMs: worldAtMs - 120_000,
    validUntilMs: worldAtMs + 3_600_000,
    seq: 1,
    prevAskHash: `0x${'00'.repeat(32)}`,
  };
  const body = lies.ask ? lies.ask(truth, i) : truth;
  return {
    askId: askId(body),
    ask: body,
    platformId: i === 0 ? toldBy(lies.platformId, platformId) : idOf(seed, `platform ${i}`),
    timestampMs: worldAtMs - 60_000 + i,
    standsFromMs: body.validFromMs,
    freeSlots: 1,
    usedSlots: body.slots - 1,
    isPaused: false,
    node,
  };
}

/** One of the node's two slots is taken. */
function entriesOf(
  { ask: body, platformId, timestampMs, node }: StandingHome,
  { askSigner = node }: Lies,
): LogEntry[] {
  const { nodeKey, enclaveKey, slots } = body;
  const counter = {
    v: 1 as const,
    nodeKey,
    enclaveKey,
    slots,
    used: slots - 1,
    pause: null,
    seq: 7,
    atMs: timestampMs,
  };
  return [
    { kind: 'ask', atMs: timestampMs, platformId, message: signMessage(ask, body, askSigner) },
    { kind: 'slot-counter', atMs: timestampMs, message: signMessage(slotCounter, counter, node) },
  ];
}

function leaseRequestOf(
  { seed, lies, order, orderHash, modelDigest, regions, log }: AuctionSetting,
  citedSize: number,
): LeaseRequest {
  return toldBy(lies.leaseRequest, {
    orderHash,
    modelDigest,
    policyHash: order.policyHash,
    regionsHash: regionsHash(regions),
    minTier: order.minTier,
    class: jobClasses.chat,
    contextTokens: 1024,
    maxPriceInput: order.maxPriceInput,
    maxPriceCachedInput: order.maxPriceCachedInput,
    maxPriceOutput: order.maxPriceOutput,
    holdPicoUsd: 100_000_000_000n,
    checkpointSize: BigInt(citedSize),
    checkpointRoot: log.root(citedSize),
    requestedAtMs: BigInt(worldAtMs - 200),
    salt: idOf(seed, 'lease request salt'),
  });
}

type Book = { card: PriceCardBody; priceCardHash: Hex; homes: readonly StandingHome[]; beacon: BlockBeacon };

function clearingOf(
  { contracts, keys, order, regions }: AuctionSetting,
  request: LeaseRequest,
  book: Book,
): Clearing {
  const { card, priceCardHash, homes, beacon } = book;
  const requestId = hashLeaseRequest(marketDomain(contracts.chainId, contracts.settlement), request);
  const { winner, runnersUp, unattested } = clear({
    requestId,
    request,
    regions,
    buyer: order.buyer as Hex,
    atMs: worldAtMs,
    beacon,
    priceCard: { ...card, priceCardHash },
    asks: homes,
    ...citedFacts(noFacts, request.modelDigest as Hex, request.class, worldAtMs),
    attestedEnclaves: new Set(homes.map(({ ask: { enclaveKey } }) => enclaveKey)),
  });
  if (!winner) throw new Error('test world: no ask won');
  return {
    v: 1,
    requestId,
    request: { request, signature: signDigest(requestId, keys.session.privateKey), regions: [...regions] },
    buyer: order.buyer as Hex,
    atMs: worldAtMs,
    beacon,
    priceCardHash,
    books: [],
    windowPricePpm: null,
    ceilingPpm: null,
    ranking: [winner, ...runnersUp].map((ranked) => ranked.askId),
    winner: {
      askId: winner.askId,
      leaseId: leaseId(requestId, winner.askId),
      effectiveAsk: winner.effectiveAsk,
      multiplierPpm: winner.multiplierPpm,
      ...winner.prices,
    },
    unattested: [...unattested],
    full: [],
  };
}
