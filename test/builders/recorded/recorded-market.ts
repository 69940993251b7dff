import { type Hex, hashLeaseRequest, signDigest } from '@hearth/attestation/receipt';
import { type LeaseRequest, marketDomain } from '@hearth/contracts/typed-data';
import {
  AskBook,
  type ClearedAsk,
  citedFacts,
  closePeriod,
  foldFacts,
  type MarketFacts,
  noFacts,
  PeriodTally,
  type PriceCardPrices,
  poolId,
  poolMembers,
  type StandingAsk,
  type TimedLeaf,
  windowsOf,
} from '@hearth/sdk/market';
import {
  askId,
  type BlockBeacon,
  type Clearing,
  type Ed25519Key,
  ed25519Key,
  type LogEntry,
  leaseId,
  messageId,
  outcomes,
  type PriceWindow,
  priceCard,
  regionsHash,
  signCheckpoint,
  signMessage,
  type TrustFile,
  verifyCheckpoint,
} from '@hearth/sdk/protocol';
import { Random } from '../../fuzz/random.ts';
import { FileLog } from '../file-log.ts';
import { bytesOf, idOf } from '../world-keys.ts';
import { promiseFor, RecordedHome } from './recorded-home.ts';

export type RecordingOptions = {
  readonly seed: number;
  readonly clearings: number;
  /** Where the log is written. */
  readonly path: string;
  readonly lies?: Lies;
  readonly onProgress?: (clearings: number) => void;
};

/** What a dishonest operator does, each at one place. */
export type Lies = {
  /** Promises a new, cheapest ask of a home at this clearing, and does not log it. */
  readonly withholdAskAt?: number;
  /** Logs the clearing of this number with another price. */
  readonly alterClearing?: number;
  /** Sells the slot of this clearing as if the best ask had not been there. */
  readonly ignoreBestAt?: number;
  /** In the first clearing from this number on that passes over a full node, cites an entry that does not say so. */
  readonly alterFullFrom?: number;
  /** Names other roots of its books in the clearing of this number. */
  readonly alterBooksAt?: number;
  /** Logs this price window, counted from the first, with other tokens. */
  readonly alterWindow?: number;
};

export type Recording = {
  readonly log: FileLog;
  readonly notes: string[];
  readonly logKey: Hex;
  readonly trust: TrustFile;
  /** Promises that one node collected, those of withheld asks included. */
  readonly promises: ReturnType<typeof promiseFor>[];
  /** Log indexes of the lies. */
  readonly lied: { readonly kind: keyof Lies; readonly index: number | null }[];
};

const START_MS = 1_800_000_000_000;
const ORIGIN = 'hearth.log/recorded';
const HOMES = 120;
const MODELS = 3;
/** 50 requests a second of about 2 s each, on some 300 slots. */
const STEP_MS = 20;
const SERVICE_STEPS = 100;
/** As often as a gateway signs for lease seekers. */
const SIGN_EVERY_STEPS = 5;
const SECOND_STEPS = 50;
const WINDOW_STEPS = 250;
const TABLE_STEPS = 250;
const CONTRACTS = {
  chainId: 31_337,
  settlement: `0x${'5e'.repeat(20)}`,
  registry: `0x${'4e'.repeat(20)}`,
} as const;

/** A job that runs until a step, and what its receipt will say. */
type Job = { readonly home: RecordedHome; readonly leaf: Parameters<RecordedHome['receiptEntry']>[0] };

type Card = PriceCardPrices & { readonly modelDigest: Hex; readonly model: string };

/** The newest checkpoint, and the records under it. */
type Cited = {
  readonly size: number;
  readonly root: Hex;
  readonly beacon: BlockBeacon;
  readonly facts: MarketFacts;
};

/** A note that the log's key signed for another history: the same up to `index`, and not after it. */
export function forkedNote({ log, notes, logKey }: Recording, seed: number, index: number): string {
  const honest = verifyCheckpoint(notes[notes.length >> 1] as string, logKey);
  const forked = { ...honest, root: log.forkedRoot(honest.treeSize, Math.min(index, honest.treeSize - 1)) };
  return signCheckpoint(forked, logKeyOf(seed));
}

const logKeyOf = (seed: number): Ed25519Key => ed25519Key(bytesOf(`recorded ${seed}`, 'log key'));

/**
 * A market that trades by itself: homes ask and reprice, buyers request, slots fill and empty, and every auction is the
 * market's own `clear` over what stood under the newest checkpoint. Same seed, same log.
 */
export class RecordedMarket {
  readonly #options: RecordingOptions;
  readonly #random: Random;
  readonly #seed: string;
  readonly #key: Ed25519Key;
  readonly #homes: RecordedHome[];
  readonly #cards: Card[] = [];
  readonly #recording: Recording;
  readonly #running = new Map<number, Job[]>();
  #cited: Cited | undefined;
  /** Enclave keys whose registration has run out for a while. */
  #unattested: ReadonlySet<Hex> = new Set();
  readonly #silent = new Set<RecordedHome>();
  #step = 0;
  readonly #book = new AskBook({ isProvable: true });
  readonly #owners = new Map<Hex, RecordedHome>();
  #facts = noFacts;
  #tally = new PeriodTally((id) => this.#owners.get(id)?.node.publicKey);
  /** Receipts that no window covers yet, and windows between them. */
  #leaves: TimedLeaf[] = [];
  #windows = 0;

  constructor(options: RecordingOptions) {
    const seed = `recorded ${options.seed}`;
    this.#options = options;
    this.#seed = seed;
    this.#random = new Random(options.seed, 0);
    this.#key = logKeyOf(options.seed);
    this.#homes = Array.from({ length: HOMES }, (_, i) => new RecordedHome(seed, i));
    const logKey = this.#key.publicKey;
    const trust: TrustFile = {
      schema: 'hearth-trust/1',
      chain: { ...CONTRACTS, rpcUrl: null },
      logKeys: [{ name: ORIGIN, publicKey: logKey }],
      vendorRootSha256: [],
      releases: [],
    };
    this.#recording = { log: new FileLog(options.path), notes: [], logKey, trust, promises: [], lied: [] };
  }

  run(): Recording {
    const { clearings, onProgress } = this.#options;
    this.#publishCards();
    for (const [i, home] of this.#homes.entries()) this.#ask(home, i);
    this.#step += SECOND_STEPS;
    this.#sign();
    for (let cleared = 0; cleared < clearings; this.#step += 1) {
      this.#finishJobs();
      if (this.#step % WINDOW_STEPS === 0) this.#closeWindows();
      if (this.#step % TABLE_STEPS === 0) this.#closeTable();
      if (this.#step % SECOND_STEPS === 0) this.#everySecond();
      if (this.#step % SIGN_EVERY_STEPS === 0) this.#sign();
      if (!this.#auction(cleared)) continue;
      cleared += 1;
      onProgress?.(cleared);
      if (this.#step > 10 * clearings + 1000) throw new Error('recorded market: nobody sells any more');
    }
    this.#closeWindows(); // one may end with the market
    this.#step += 60_000 / STEP_MS; // every promise has run out
    this.#sign();
    return this.#recording;
  }

  get #nowMs(): number {
    return START_MS + this.#step * STEP_MS;
  }

  /** Into the log, and into the state that a gateway keeps of it. */
  #append(entry: LogEntry): number {
    const index = this.#recording.log.append(entry);
    if (entry.kind === 'ask') {
      const { message, platformId, atMs: timestampMs } = entry;
      this.#book.putAsk(index, { askId: askId(message.body), ask: message.body, platformId, timestampMs });
    }
    if (entry.kind === 'slot-counter') this.#book.putCounter(index, entry.message.body, entry.atMs);
    if (entry.kind === 'receipt') this.#leaves.push({ index, atMs: entry.atMs, leaf: entry.message.body });
    if (entry.kind === 'window') this.#leaves.push({ index, atMs: entry.atMs, leaf: undefined });
    if (entry.kind === 'quality') this.#book.putTable(index, entry.quality);
    if (entry.kind === 'ejection') this.#book.putEjection(index, entry.ejection);
    this.#tally.add(entry);
    this.#facts = foldFacts(this.#facts, entry, index);
    return index;
  }

  #publishCards(): void {
    for (let i = 0; i < MODELS; i += 1) {
      const model = `ember-${i}`;
      const modelDigest = idOf(this.#seed, model);
      const body = {
        v: 1 as const,
        model,
        modelDigest,
        class: 0,
        inputMicroUsdPerMTok: BigInt(1_000_000 * (i + 1)),
        cachedInputMicroUsdPerMTok: BigInt(250_000 * (i + 1)),
        outputMicroUsdPerMTok: BigInt(3_000_000 * (i + 1)),
        validFromMs: this.#nowMs,
      };
      this.#append({
        kind: 'price-card',
        atMs: this.#nowMs,
        message: signMessage(priceCard, body, this.#key),
      });
      this.#cards.push({ ...body, priceCardHash: messageId(priceCard, body) });
    }
  }

  #ask(
    home: RecordedHome,
    i: number,
    multiplierPpm = 800_000 + this.#random.below(400_000),
    isLogged = true,
  ) {
    const { model, modelDigest, priceCardHash } = this.#cards[i % MODELS] as Card;
    const slots = home.slots || 1 + this.#random.below(4);
    const entry = home.askEntry({ model, modelDigest, priceCardHash, multiplierPpm, slots }, this.#nowMs);
    if (isLogged) {
      this.#append(entry);
      home.newestAsk = entry.message.body;
      this.#owners.set(askId(entry.message.body), home);
    }
    if (i === 0) this.#recording.promises.push(promiseFor(entry, this.#key));
  }

  #everySecond(): void {
    const i = this.#random.below(HOMES);
    const home = this.#homes[i] as RecordedHome;
    if (!this.#silent.has(home)) this.#ask(home, i);
    this.#unattested = new Set(Array.from({ length: 5 }, () => this.#random.pick(this.#homes).enclaveKey));
  }

  #sign(): void {
    const { log, notes } = this.#recording;
    const blockNumber = Math.floor(this.#step / 100);
    const beacon = {
      blockNumber,
      blockHash: idOf(this.#seed, `block ${blockNumber}`),
      timestampMs: START_MS + blockNumber * 100 * STEP_MS,
    };
    const checkpoint = { origin: ORIGIN, treeSize: log.size, root: log.root(), timeMs: this.#nowMs, beacon };
    notes.push(signCheckpoint(checkpoint, this.#key));
    this.#cited = { size: log.size, root: checkpoint.root, beacon, facts: this.#facts };
    this.#book.forgetBelow(log.size);
  }

  #closeWindows(): void {
    const windows = windowsOf(this.#leaves, this.#facts.windowsToMs, this.#nowMs);
    const covered = Math.max(0, ...windows.map(({ toIndex }) => toIndex));
    this.#leaves = this.#leaves.filter(({ index }) => index >= covered);
    for (const window of windows) {
      const isAltered = this.#windows === this.#options.lies?.alterWindow;
      this.#windows += 1;
      this.#append({ kind: 'window', atMs: this.#nowMs, window: isAltered ? this.#dearer(window) : window });
    }
  }

  #closeTable(): void {
    const atMs = this.#nowMs;
    const toIndex = this.#recording.log.size;
    const asks = this.#cards.flatMap(({ modelDigest }) => this.#book.asksFor(modelDigest, 0, toIndex));
    const members = poolMembers(asks, atMs);
    const { quality, ejections } = closePeriod({
      facts: this.#facts,
      toIndex,
      atMs,
      tally: this.#tally,
      placeOf: (nodeKey) => {
        const home = this.#homes.find(({ node }) => node.publicKey === nodeKey);
        return (
          home && { platformId: home.platformId, provider: home.provider, pools: members.poolsOf(nodeKey) }
        );
      },
      membersOf: members.membersOf,
    });
    this.#tally = new PeriodTally((id) => this.#owners.get(id)?.node.publicKey);
    this.#append({ kind: 'quality', atMs, quality });
    for (const ejection of ejections) this.#append({ kind: 'ejection', atMs, ejection });
  }

  #finishJobs(): void {
    for (const { home, leaf } of this.#running.get(this.#step) ?? []) {
      home.used -= 1;
      this.#append(home.counterEntry(this.#nowMs));
      this.#append(home.receiptEntry(leaf, this.#nowMs));
    }
    this.#running.delete(this.#step);
  }

  /** @returns whether somebody sold */
  #auction(cleared: number): boolean {
    const { lies } = this.#options;
    if (cleared === lies?.withholdAskAt && this.#silent.size === 0) this.#withhold();
    const model = this.#random.below(MODELS);
    const request = this.#request(model);
    const requestId = hashLeaseRequest(marketDomain(CONTRACTS.chainId, CONTRACTS.settlement), request);
    const { size, beacon, facts } = this.#cited as Cited;
    const card = this.#cards[model] as Card;
    const buyer: Hex = `0x${request.salt.slice(26)}`;
    const atMs = this.#nowMs;
    const input = {
      ...citedFacts(facts, card.modelDigest, request.class, atMs),
      requestId,
      request,
      regions: [],
      buyer,
      atMs,
      beacon,
      priceCard: card,
      isAttested: (enclave: number) => !this.#unattested.has(this.#book.enclaveKey(enclave)),
      isSoldOut: ({ ask }: StandingAsk) => this.#book.soldOutSince(size, ask) !== undefined,
    };
    const isCensored = cleared === lies?.ignoreBestAt;
    const { winner, runnersUp, unattested, full } = this.#book.clear(input, size);
    const ranking = winner === undefined ? [] : [winner, ...runnersUp].slice(isCensored ? 1 : 0);
    const seller = ranking.find((ranked) => this.#hasRoom(ranked));
    if (seller === undefined) return false;
    const clearing: Clearing = {
      v: 1,
      requestId,
      request: { request, signature: this.#signature(requestId), regions: [] },
      buyer,
      atMs,
      beacon,
      priceCardHash: card.priceCardHash,
      books: this.#booksOf(request, card.priceCardHash, cleared),
      windowPricePpm: seller.windowPricePpm ?? null,
      ceilingPpm: seller.ceilingPpm ?? null,
      ranking: ranking.map((ranked) => ranked.askId),
      winner: {
        askId: seller.askId,
        leaseId: leaseId(requestId, seller.askId),
        effectiveAsk: seller.effectiveAsk,
        multiplierPpm: seller.multiplierPpm,
        ...seller.prices,
      },
      unattested: [...unattested],
      full: full.map((askId) => ({ askId, counterIndex: this.#fullAs(askId, size, cleared) })),
    };
    if (isCensored) this.#recording.lied.push({ kind: 'ignoreBestAt', index: this.#recording.log.size });
    this.#sell(seller, cleared === lies?.alterClearing ? this.#altered(clearing) : clearing);
    return true;
  }

  /** The counter that says it; a liar names another entry. */
  #fullAs(id: Hex, size: number, cleared: number): number {
    const home = this.#owners.get(id) as RecordedHome;
    const { enclaveKey, node } = home;
    const index = this.#book.soldOutSince(size, { nodeKey: node.publicKey, enclaveKey }) as number;
    const { alterFullFrom = Number.POSITIVE_INFINITY } = this.#options.lies ?? {};
    if (cleared < alterFullFrom || this.#recording.lied.length > 0) return index;
    this.#recording.lied.push({ kind: 'alterFullFrom', index: this.#recording.log.size });
    return index - 1;
  }

  #booksOf(request: LeaseRequest, priceCardHash: Hex, cleared: number): Clearing['books'] {
    const { size } = this.#cited as Cited;
    const books = this.#book.booksOf(request as Clearing['request']['request'], priceCardHash, size);
    if (cleared !== this.#options.lies?.alterBooksAt) return books;
    this.#recording.lied.push({ kind: 'alterBooksAt', index: this.#recording.log.size });
    return books.map(({ tier }) => ({ tier, root: idOf(this.#seed, 'another book') }));
  }

  #sell(seller: ClearedAsk, clearing: Clearing): void {
    const home = this.#owners.get(seller.askId) as RecordedHome;
    home.used += 1;
    this.#append({ kind: 'clearing', atMs: this.#nowMs, clearing });
    this.#append(home.counterEntry(this.#nowMs));
    const { modelDigest, tier, class: jobClass } = seller.standing.ask;
    const leaf = {
      receiptHash: idOf(this.#seed, `receipt ${clearing.requestId}`),
      leaseId: clearing.winner.leaseId,
      poolId: poolId(modelDigest, tier, jobClass),
      effectiveAsk: seller.effectiveAsk,
      outcome: outcomes.stop,
      billedTokens: 100 + this.#random.below(1_000),
    };
    const endStep = this.#step + 1 + this.#random.below(2 * SERVICE_STEPS);
    this.#running.set(endStep, [...(this.#running.get(endStep) ?? []), { home, leaf }]);
  }

  #request(model: number): LeaseRequest {
    const { size, root } = this.#cited as Cited;
    const limit = BigInt(1_000_000 * (model + 1) * (1 + this.#random.below(4)));
    return {
      orderHash: idOf(this.#seed, `order ${this.#step % 97}`),
      modelDigest: (this.#cards[model] as { modelDigest: Hex }).modelDigest,
      policyHash: idOf(this.#seed, 'policy'),
      regionsHash: regionsHash([]),
      minTier: 1,
      class: 0,
      contextTokens: 100 + this.#random.below(8_000),
      maxPriceInput: limit,
      maxPriceCachedInput: limit,
      maxPriceOutput: 3n * limit,
      holdPicoUsd: 1_000_000_000n,
      checkpointSize: BigInt(size),
      checkpointRoot: root,
      requestedAtMs: BigInt(this.#nowMs),
      salt: idOf(this.#seed, `salt ${this.#step}`),
    };
  }

  #signature(requestId: Hex): Hex {
    return signDigest(requestId, bytesOf(this.#seed, 'session key'));
  }

  /** What the node's own counter says now; the checkpoint may be a second behind it. */
  #hasRoom({ askId: id }: ClearedAsk): boolean {
    const home = this.#owners.get(id) as RecordedHome;
    if (home.used < home.slots) return true;
    const body = {
      v: 1 as const,
      leaseId: idOf(this.#seed, `refused ${this.#step}`),
      nodeKey: home.node.publicKey,
    };
    this.#append(home.rejectEntry({ ...body, reason: 'slots_full', atMs: this.#nowMs }));
    return false;
  }

  /** The home has its promise, and log and book go on as if it had never asked; it asks no more, or its chain would show the gap. */
  #withhold(): void {
    const home = this.#homes[0] as RecordedHome;
    this.#ask(home, 0, 500_000, false);
    this.#silent.add(home);
    this.#recording.lied.push({ kind: 'withholdAskAt', index: null });
  }

  #dearer(window: PriceWindow): PriceWindow {
    this.#recording.lied.push({ kind: 'alterWindow', index: this.#recording.log.size });
    const providers = window.providers.map((own) => ({
      ...own,
      asks: own.asks.map((point) => ({ ...point, effectiveAsk: point.effectiveAsk + 100_000 })),
    }));
    return { ...window, providers };
  }

  #altered(clearing: Clearing): Clearing {
    this.#recording.lied.push({ kind: 'alterClearing', index: this.#recording.log.size });
    const { winner } = clearing;
    return { ...clearing, winner: { ...winner, priceOutput: winner.priceOutput + 1n } };
  }
}
