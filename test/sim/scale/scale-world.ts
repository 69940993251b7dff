import type { Hex } from '@hearth/attestation/receipt';
import { IDLE_SLOT_MS, SlotLedger } from '@hearth/provider-agent/slots';
import { answerWithinMs, type ClearedAsk, leaseExpiresAtMs, poolId, SilentNodes } from '@hearth/sdk/market';
import { SimRandom } from '../engine/random.ts';
import { Simulation } from '../engine/simulation.ts';
import { BookLog } from '../market/book-log.ts';
import { card, requestTerms } from '../market/catalogue.ts';
import { loggedAsk, namesOf, platformOf } from '../market/home.ts';
import { account, word } from '../market/identifiers.ts';
import { Merit } from '../market/merit.ts';
import { MarketRecords, type RecordedHomes } from '../market/records.ts';
import type { KnownHome } from '../market/table-before.ts';

export interface ScaleSetup {
  readonly seed: number;
  readonly homes: number;
  readonly simulatedMs: number;
  readonly requestsPerSecond: number;
  /** Share of the homes that dies in the middle of the run. */
  readonly killedShare: number;
}

/** Alike in homes and buyers: what one pool can sell between two checkpoints is the question of `staleness`. */
const MODELS = 200;
const REGIONS = ['DE', 'FR', 'NL', 'SE', 'PL', 'ES', 'IT', 'US', 'CA', 'JP', 'KR', 'BR'];
const STARTS_AT_MS = 1_000;
const CHECKPOINT_MS = 100;
const BLOCK_MS = 1_000;
const RENEWAL_MS = 15 * 60_000;
const OFFER_LOSS = 0.01;
const OFFER_DELAY_MS = { from: 5, to: 40 };
const OFFER_ANSWER_MS = 150;
const LOOKS = 30;
const PAUSE_MS = 400;
const MS_PER_TOKEN = 2;
/** A dead home is missed this late at most, by its gateway and by the buyer of a job on it. */
const MISSED_WITHIN_MS = 5_000;

interface Job {
  readonly number: number;
  readonly model: number;
  readonly regions: readonly string[];
  readonly minTier: number;
  readonly limitPpm: number;
  readonly tokens: number;
  readonly askedAtMs: number;
  look: number;
}

/** Very many homes over many models: the production book, clearing, prices and slot ledgers, one event after the other. */
export class ScaleWorld {
  readonly simulation: Simulation;
  readonly figures = {
    requests: 0,
    looks: 0,
    sold: 0,
    done: 0,
    moved: 0,
    gaveUp: 0,
    killed: 0,
    unanswered: 0,
    lost: 0,
    tables: 0,
    ejections: 0,
  };
  readonly #setup: ScaleSetup;
  readonly #random: SimRandom;
  readonly #log = new BookLog();
  readonly #silent = new SilentNodes();
  readonly #records: MarketRecords<KnownHome>;
  readonly #rules = Array.from({ length: MODELS }, () => new Merit());
  readonly #ledgers: (SlotLedger | undefined)[];
  readonly #running: Uint8Array;
  readonly #isAlive: Uint8Array;
  /** By the book's number of the enclave. */
  readonly #isAttested: Uint8Array;
  readonly #asks: Uint16Array;
  readonly #renewals: Renewals;
  #checkpoint = { size: 0, atMs: 0 };

  constructor(setup: ScaleSetup) {
    this.#setup = setup;
    this.simulation = new Simulation(setup.seed, STARTS_AT_MS);
    this.#random = new SimRandom(setup.seed, 1);
    this.#ledgers = new Array<SlotLedger | undefined>(setup.homes).fill(undefined);
    this.#running = new Uint8Array(setup.homes);
    this.#isAlive = new Uint8Array(setup.homes).fill(1);
    this.#isAttested = new Uint8Array(setup.homes).fill(1);
    this.#asks = new Uint16Array(setup.homes);
    this.#records = new MarketRecords(recordedHomes(setup.homes), this.#log, new SimRandom(setup.seed, 2));
    for (let home = 0; home < setup.homes; home += 1) this.#post(home, 0);
    this.#renewals = renewalsOf(setup.homes, this.#random);
    this.#renewFrom(0);
  }

  run(): void {
    const { simulatedMs } = this.#setup;
    const endMs = STARTS_AT_MS + simulatedMs;
    this.#arrive(endMs);
    this.simulation.after(simulatedMs / 2, () => this.#kill());
    this.simulation.run(endMs);
    const { tables, ejections, lostJobs } = this.#records;
    Object.assign(this.figures, { tables, ejections: ejections.length, lost: lostJobs });
  }

  #arrive(endMs: number): void {
    const { requestsPerSecond } = this.#setup;
    this.simulation.after(1, () => {
      const nowMs = this.simulation.nowMs();
      if (nowMs >= endMs) return;
      for (let due = this.#random.poisson(requestsPerSecond / 1_000); due > 0; due -= 1)
        this.#request(this.#next());
      this.#arrive(endMs);
    });
  }

  #next(): Job {
    const random = this.#random;
    this.figures.requests += 1;
    return {
      number: this.figures.requests,
      model: random.below(MODELS),
      regions: random.chance(0.3) ? [random.pick(REGIONS)] : [],
      minTier: random.chance(0.1) ? 2 : 1,
      limitPpm: random.between(300_000, 1_000_000),
      tokens: random.between(200, 1_800),
      askedAtMs: this.simulation.nowMs(),
      look: 1,
    };
  }

  #request(job: Job): void {
    const nowMs = this.simulation.nowMs();
    if (nowMs - this.#checkpoint.atMs >= CHECKPOINT_MS)
      this.#checkpoint = { size: this.#log.size, atMs: nowMs };
    const block = Math.floor(nowMs / BLOCK_MS);
    const { windows = [] } = this.#rules[job.model]?.pool(nowMs) ?? {};
    const { pools, ...cited } = this.#records.citedAt(this.#checkpoint.size, modelDigestOf(job.model), nowMs);
    this.figures.looks += 1;
    const { winner, runnersUp } = this.#log.book.clear(
      {
        requestId: word(0x4e, this.figures.looks),
        request: {
          ...requestTerms(job.limitPpm),
          modelDigest: modelDigestOf(job.model),
          minTier: job.minTier,
        },
        regions: job.regions,
        buyer: account(0xb0, job.number),
        atMs: nowMs,
        beacon: { blockHash: word(0xb1, block), timestampMs: block * BLOCK_MS },
        priceCard: card,
        ...cited,
        isAttested: (enclave) => this.#isAttested[enclave] === 1,
        pools: new Map([...pools].map(([tier, terms]) => [tier, { ...terms, windows }])),
      },
      this.#checkpoint.size,
    );
    const ranking = winner === undefined ? [] : this.#silent.last([winner, ...runnersUp], nowMs);
    this.simulation.trace.note(1, nowMs, job.number, winner === undefined ? -1 : homeOf(winner));
    this.#offer(job, word(0x1e, this.figures.looks), ranking);
  }

  #offer(job: Job, leaseId: Hex, [candidate, ...rest]: readonly ClearedAsk[]): void {
    if (candidate === undefined) return this.#lookAgain(job);
    const home = homeOf(candidate);
    const waitMs = answerWithinMs(OFFER_ANSWER_MS, undefined);
    const next = (): void => this.#offer(job, leaseId, rest);
    if (this.#isAlive[home] === 0 || this.#random.chance(OFFER_LOSS)) {
      this.simulation.after(waitMs, () => {
        this.figures.unanswered += 1;
        this.#silent.add(candidate.standing.ask.nodeKey, this.simulation.nowMs());
        next();
      });
      return;
    }
    this.simulation.after(this.#random.between(OFFER_DELAY_MS.from, OFFER_DELAY_MS.to), () => {
      const isSold = this.#isAlive[home] === 1 && this.#sell(home, leaseId, candidate);
      const backMs = this.#random.between(OFFER_DELAY_MS.from, OFFER_DELAY_MS.to);
      this.simulation.after(backMs, () => (isSold ? this.#serve(job, leaseId, home, candidate) : next()));
    });
  }

  /** The home's own ledger is the lock. */
  #sell(home: number, leaseId: Hex, { askId, standing }: ClearedAsk): boolean {
    const nowMs = this.simulation.nowMs();
    const ledger = this.#ledgerOf(home);
    ledger.expire(nowMs);
    const { nodeKey } = standing.ask;
    if (!ledger.sell(leaseId, leaseExpiresAtMs(nowMs, Number.POSITIVE_INFINITY), nowMs)) {
      this.#records.refused(nodeKey);
      return false;
    }
    this.#records.sold(askId, nodeKey);
    this.#count(home);
    this.#check(home);
    return true;
  }

  #serve(job: Job, leaseId: Hex, home: number, { effectiveAsk, standing, multiplierPpm }: ClearedAsk): void {
    const nowMs = this.simulation.nowMs();
    const ledger = this.#ledgerOf(home);
    this.figures.sold += 1;
    this.simulation.assert(
      multiplierPpm >= standing.ask.multiplierPpm && multiplierPpm <= job.limitPpm,
      'a seller is paid at least its ask and at most what the buyer allows',
      () => `home ${home}: ${multiplierPpm}`,
    );
    if (ledger.beginJob(leaseId, nowMs) === 'begun') this.#running[home] = (this.#running[home] ?? 0) + 1;
    this.#check(home);
    this.simulation.after(job.tokens * MS_PER_TOKEN, () => {
      this.#running[home] = (this.#running[home] ?? 0) - 1;
      if (this.#isAlive[home] === 0) {
        this.#records.lost(knownHome(home), effectiveAsk);
        return this.#move(job);
      }
      const endMs = this.simulation.nowMs();
      ledger.endJob(leaseId, endMs);
      this.#check(home);
      this.#freed(home, ledger);
      if (!this.#records.ended(knownHome(home), effectiveAsk, job.tokens)) return this.#move(job);
      this.figures.done += 1;
      const { provider } = standing.ask;
      this.#rules[job.model]?.receipt({ provider, effectiveAsk, billedTokens: job.tokens }, endMs);
      this.simulation.trace.note(2, endMs, job.number, multiplierPpm);
    });
  }

  #freed(home: number, ledger: SlotLedger): void {
    this.simulation.after(IDLE_SLOT_MS, () => {
      ledger.expire(this.simulation.nowMs());
      if (this.#isAlive[home] === 1) this.#count(home);
    });
  }

  #lookAgain(job: Job): void {
    if (job.look === LOOKS) {
      this.figures.gaveUp += 1;
      return;
    }
    job.look += 1;
    this.simulation.after(PAUSE_MS, () => this.#request(job));
  }

  /** Its home died, or lost it: another one starts it again. */
  #move(job: Job): void {
    this.figures.moved += 1;
    job.look = 1;
    this.simulation.after(this.#random.below(MISSED_WITHIN_MS), () => this.#request(job));
  }

  #kill(): void {
    const { homes, killedShare } = this.#setup;
    for (let home = 0; home < homes; home += 1) {
      if (!this.#random.chance(killedShare)) continue;
      this.#isAlive[home] = 0;
      this.figures.killed += 1;
      this.simulation.after(this.#random.below(MISSED_WITHIN_MS), () => {
        this.#isAttested[this.#log.book.enclaveNumber(namesOf({ index: home, owner: home }).enclaveKey)] = 0;
      });
    }
  }

  /** Their turns never change: one event waits instead of a million. */
  #renewFrom(turn: number): void {
    const { home, atMs } = this.#renewals(turn);
    this.simulation.after(STARTS_AT_MS + atMs - this.simulation.nowMs(), () => {
      if (this.#isAlive[home] === 1) this.#post(home, this.simulation.nowMs());
      this.#renewFrom(turn + 1);
    });
  }

  /** A home keeps model, region and tier, and asks a new price each time. */
  #post(home: number, nowMs: number): void {
    const seq = (this.#asks[home] ?? 0) + 1;
    this.#asks[home] = seq;
    const multiplierPpm = Math.round(this.#random.logUniform(150_000, 900_000));
    const profile = { index: home, owner: home, slots: 1 + (home % 3) };
    const offered = {
      modelDigest: modelDigestOf(home % MODELS),
      region: REGIONS[Math.floor(home / MODELS) % REGIONS.length] ?? 'DE',
      tier: tierOf(home),
    };
    this.#log.ask(loggedAsk(profile, multiplierPpm, nowMs, seq, offered));
    this.#log.forgetBelow(this.#checkpoint.size);
  }

  #count(home: number): void {
    const { nodeKey, enclaveKey } = namesOf({ index: home, owner: home });
    const { slots, used } = this.#ledgerOf(home);
    this.#log.counter({ nodeKey, enclaveKey, slots, used }, this.simulation.nowMs());
    this.#records.counted(nodeKey, used);
    this.#log.forgetBelow(this.#checkpoint.size);
  }

  /** Most homes never sell: theirs is made when it is needed. */
  #ledgerOf(home: number): SlotLedger {
    const ledger = this.#ledgers[home] ?? new SlotLedger(1 + (home % 3));
    this.#ledgers[home] = ledger;
    return ledger;
  }

  #check(home: number): void {
    const { used, slots } = this.#ledgerOf(home);
    const running = this.#running[home] ?? 0;
    this.simulation.assert(
      running <= used && used <= slots,
      'no slot is sold twice',
      () => `home ${home}: ${running} jobs, ${used} of ${slots} slots sold`,
    );
  }
}

/** Whose ask is renewed at which turn, and how long after the start. */
type Renewals = (turn: number) => { readonly home: number; readonly atMs: number };

/** Every home at a moment of its own, again and again after the same time. */
function renewalsOf(homes: number, random: SimRandom): Renewals {
  const turns = Float64Array.from(
    { length: homes },
    (_, home) => random.below(RENEWAL_MS) * homes + home,
  ).sort();
  return (turn) => {
    const own = turns[turn % homes] as number;
    const atMs = Math.floor(own / homes) + Math.floor(turn / homes) * RENEWAL_MS;
    return { home: own % homes, atMs };
  };
}

/** Every home is an owner of its own, and most deliver nearly always. */
const knownHome = (home: number): KnownHome => ({
  index: home,
  owner: home,
  qualityPpm: home % 50 === 0 ? 500_000 : 930_000 + (home % 7) * 10_000,
});
const tierOf = (home: number): number => (Math.floor(home / MODELS / REGIONS.length) % 5 === 0 ? 2 : 1);

function recordedHomes(homes: number): RecordedHomes<KnownHome> {
  const pools = Array.from({ length: MODELS }, (_, model) =>
    [1, 2].map((tier) => poolId(modelDigestOf(model), tier, 0)),
  );
  const poolOf = (home: number): Hex => pools[home % MODELS]?.[tierOf(home) - 1] as Hex;
  return {
    known: Array.from({ length: homes }, (_, home) => knownHome(home)),
    poolOf: ({ index }) => poolOf(index),
    placeOf: (nodeKey) => {
      const home = indexOf(nodeKey);
      const { provider } = namesOf({ index: home, owner: home });
      return { platformId: platformOf(home), provider, pools: [poolOf(home)] };
    },
    membersOf: (pool) => {
      const model = pools.findIndex((ofModel) => ofModel.includes(pool));
      const members = [];
      for (let home = model; home < homes; home += MODELS)
        if (poolOf(home) === pool) members.push(namesOf({ index: home, owner: home }));
      return members;
    },
  };
}

const digests = Array.from({ length: MODELS }, (_, model) => word(0x30, 1 + model));
const modelDigestOf = (model: number): Hex => digests[model] as Hex;
const homeOf = ({ standing }: ClearedAsk): number => indexOf(standing.ask.nodeKey);
/** The number that `word` and `account` end in. */
const indexOf = (name: Hex): number => Number.parseInt(name.slice(-10), 16);
