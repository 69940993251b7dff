import type { Hex } from '@hearth/attestation/receipt';
import {
  type ClearedAsk,
  type ClearingResult,
  leaseExpiresAtMs,
  poolId,
  SilentNodes,
  type StandingAsk,
} from '@hearth/sdk/market';
import type { SimRandom } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import { BookLog } from './book-log.ts';
import { card, model, requestTerms } from './catalogue.ts';
import { byTheRule, type Clear } from './cleared.ts';
import { plainFacts } from './facts.ts';
import { Home, type HomeProfile, loggedAsk, namesOf, platformOf } from './home.ts';
import { word } from './identifiers.ts';
import type { PriceRule } from './price-rule.ts';
import { MarketRecords, type RecordedHomes } from './records.ts';

const BLOCK_MS = 1_000;
const TIER = 1;
/** Asks stand before the first block: they compete from the first request on. */
const POSTED_AT_MS = 0;

export interface MarketOptions {
  readonly homes: readonly HomeProfile[];
  /** Multiplier that each home asks, by its index. */
  readonly asksPpm: readonly number[];
  readonly rule: PriceRule;
  /** How old a checkpoint may be before a request makes the log sign the next one; 0: each request sees everything. */
  readonly checkpointMs: number;
  /** False: a home that sold out since the checkpoint is still ranked, as if its newer counter could not be cited. */
  readonly citesCounters?: boolean;
  /** Homes lose jobs, and tables, probation and ejections follow; without it everybody is known and delivers. */
  readonly records?: SimRandom;
  /** Another clearing than the rule's: a censor's. */
  readonly clear?: Clear;
}

export interface Sale {
  readonly leaseId: Hex;
  readonly home: Home;
  readonly cleared: ClearedAsk;
  readonly paidPpm: number;
}

/** Gateway of the light world: cites, clears, offers down the ranking, and lets the home's own ledger decide. */
export class Market {
  clearings = 0;
  /** Clearings in which there was a window price. */
  windowPriced = 0;
  readonly homes: readonly Home[];
  readonly #simulation: Simulation;
  readonly #options: MarketOptions;
  readonly #byNode: ReadonlyMap<Hex, Home>;
  readonly #log = new BookLog();
  readonly #silent = new SilentNodes();
  readonly records: MarketRecords<HomeProfile> | undefined;
  #checkpoint = { size: 0, atMs: Number.NEGATIVE_INFINITY };
  #requests = 0;

  constructor(simulation: Simulation, options: MarketOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.homes = options.homes.map((profile) => new Home(profile));
    this.#byNode = new Map(this.homes.map((home) => [namesOf(home.profile).nodeKey, home]));
    this.records = options.records && new MarketRecords(onePool(options.homes), this.#log, options.records);
    for (const profile of options.homes) {
      if (this.records === undefined) this.#log.quality(platformOf(profile.index), profile.qualityPpm);
      this.#log.ask(loggedAsk(profile, options.asksPpm[profile.index] ?? 0, POSTED_AT_MS));
    }
  }

  /** The home signs how many slots are left; a request sees it under the next checkpoint. */
  counted(home: Home): void {
    this.#log.counter(home.counter, this.#simulation.nowMs());
    this.records?.counted(home.counter.nodeKey, home.counter.used);
    this.#log.forgetBelow(this.#checkpoint.size);
  }

  jobBegan({ home }: Sale): void {
    home.runningJobs += 1;
    this.#check(home);
  }

  jobEnded({ home }: Sale): void {
    home.runningJobs -= 1;
    this.#check(home);
  }

  /** One lease request: nothing when no ranked home sells. */
  request(buyer: Hex, maxPpm: number): Sale | undefined {
    this.#requests += 1;
    const nowMs = this.#simulation.nowMs();
    const { winner, runnersUp } = this.#clear(buyer, maxPpm, nowMs);
    if (winner === undefined) return undefined;
    for (const cleared of this.#silent.last([winner, ...runnersUp], nowMs)) {
      const sale = this.#offer(cleared, maxPpm, nowMs);
      if (sale !== undefined) return sale;
    }
    return undefined;
  }

  #clear(buyer: Hex, maxPpm: number, nowMs: number): ClearingResult {
    const { rule, checkpointMs, citesCounters = true, clear = byTheRule } = this.#options;
    if (nowMs - this.#checkpoint.atMs >= checkpointMs)
      this.#checkpoint = { size: this.#log.size, atMs: nowMs };
    const block = Math.floor(nowMs / BLOCK_MS);
    const pool = rule.pool(nowMs);
    const { size } = this.#checkpoint;
    const cited = this.records?.citedAt(size, model.digest, nowMs);
    const probation = cited?.pools.get(TIER)?.probation ?? pool.probation;
    const terms = {
      requestId: word(0x4e, this.#requests),
      request: requestTerms(maxPpm),
      regions: [],
      buyer,
      atMs: nowMs,
      beacon: { blockHash: word(0xb1, block), timestampMs: block * BLOCK_MS },
      priceCard: card,
      attestedEnclaves: everyEnclave,
      ...(citesCounters
        ? { isSoldOut: ({ ask }: StandingAsk) => this.#log.book.soldOutSince(size, ask) !== undefined }
        : {}),
      ...(cited ?? plainFacts),
      pools: new Map([[TIER, { ...pool, probation }]]),
    };
    this.clearings += 1;
    const result = clear(this.#log.book, terms, size);
    this.#judge(result, maxPpm, pool.ceilingPpm);
    return result;
  }

  #offer(cleared: ClearedAsk, maxPpm: number, nowMs: number): Sale | undefined {
    const home = this.#byNode.get(cleared.standing.ask.nodeKey);
    if (home === undefined) throw new Error(`a home of nobody was ranked: ${cleared.askId}`);
    const leaseId = word(0x1e, this.#requests);
    home.ledger.expire(nowMs);
    const { nodeKey } = cleared.standing.ask;
    if (!home.ledger.sell(leaseId, leaseExpiresAtMs(nowMs, Number.POSITIVE_INFINITY), nowMs)) {
      this.records?.refused(nodeKey);
      return undefined;
    }
    this.records?.sold(cleared.askId, nodeKey);
    this.counted(home);
    this.#check(home);
    return { leaseId, home, cleared, paidPpm: this.#options.rule.paidPpm(cleared, maxPpm, nowMs) };
  }

  #judge({ winner, runnersUp }: ClearingResult, maxPpm: number, ceilingPpm: number | undefined): void {
    if (winner === undefined) return;
    const own = winner.standing.ask.multiplierPpm;
    if (winner.windowPricePpm !== undefined) this.windowPriced += 1;
    this.#simulation.assert(
      winner.multiplierPpm >= own && winner.multiplierPpm <= Math.min(maxPpm, ceilingPpm ?? maxPpm),
      'a winner is paid at least its ask and at most what buyer and ceiling allow',
      () =>
        `${winner.askId}: asks ${own}, paid ${winner.multiplierPpm}, limit ${maxPpm}, ceiling ${ceilingPpm}`,
    );
    this.#simulation.assert(
      runnersUp.every(({ effectiveAsk }) => effectiveAsk >= winner.effectiveAsk),
      'the best effective ask wins',
      () => winner.askId,
    );
  }

  #check({ ledger, runningJobs, profile }: Home): void {
    this.#simulation.assert(
      runningJobs >= 0 && runningJobs <= ledger.used && ledger.used <= profile.slots,
      'no slot is sold twice',
      () => `home ${profile.index}: ${runningJobs} jobs, ${ledger.used} of ${profile.slots} slots sold`,
    );
  }
}

const everyEnclave = { has: () => true };

/** All of them stand in the one pool of this world. */
export function onePool(homes: readonly HomeProfile[]): RecordedHomes<HomeProfile> {
  const pool = poolId(model.digest, TIER, 0);
  const members = homes.map(namesOf);
  const byNode = new Map(homes.map((home) => [namesOf(home).nodeKey, home]));
  return {
    known: homes,
    poolOf: () => pool,
    placeOf: (nodeKey) => {
      const home = byNode.get(nodeKey);
      return home && { platformId: platformOf(home.index), ...namesOf(home), pools: [pool] };
    },
    membersOf: () => members,
  };
}
