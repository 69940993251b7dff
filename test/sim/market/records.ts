import type { Hex } from '@hearth/attestation/receipt';
import {
  type CitedFacts,
  citedFacts,
  closePeriod,
  foldFacts,
  type MarketFacts,
  noFacts,
  PeriodTally,
  poolId,
} from '@hearth/sdk/market';
import { type Ejection, type LogEntry, outcomes, type QualityTable } from '@hearth/sdk/protocol';
import type { SimRandom } from '../engine/random.ts';
import type { BookLog } from './book-log.ts';
import { model } from './catalogue.ts';
import { type HomeProfile, namesOf, platformOf } from './home.ts';

/** Production closes a table every 10 minutes; a run lasts three. */
const PERIOD_MS = 30_000;
const POOL = poolId(model.digest, 1, 0);
/** Jobs that an established home's record remembers from before the run. */
const REMEMBERED_JOBS = 1_000;
/** One owner of so many is new. */
const OWNERS_PER_NEWCOMER = 8;

/** The share of jobs that comes to nothing is the one that gives its quality in the long run. */
const lossRateOf = ({ qualityPpm }: HomeProfile): number => 1 - (qualityPpm / 1_000_000) ** 0.25;
export const isNewcomer = ({ owner }: Pick<HomeProfile, 'owner'>): boolean =>
  owner % OWNERS_PER_NEWCOMER === OWNERS_PER_NEWCOMER - 1;

/** The market's records in the light world: production's tally, tables, probation and ejections over what homes do. */
export class MarketRecords {
  endedJobs = 0;
  lostJobs = 0;
  readonly ejections: Ejection[] = [];
  readonly #homes: readonly HomeProfile[];
  readonly #log: BookLog;
  readonly #random: SimRandom;
  readonly #byNode: ReadonlyMap<Hex, HomeProfile>;
  readonly #states: { readonly size: number; readonly facts: MarketFacts }[] = [];
  readonly #sellers = new Map<Hex, Hex>();
  #tally = this.#newTally();
  #closedMs = 0;

  constructor(homes: readonly HomeProfile[], log: BookLog, random: SimRandom) {
    this.#homes = homes;
    this.#log = log;
    this.#random = random;
    this.#byNode = new Map(homes.map((home) => [namesOf(home).nodeKey, home]));
    const quality = tableBefore(homes);
    this.#keep({ kind: 'quality', atMs: 0, quality }, this.#log.table(quality));
  }

  /** What a clearing under the first `size` entries reads. */
  citedAt(size: number, nowMs: number): CitedFacts {
    if (nowMs - this.#closedMs >= PERIOD_MS) this.#close(nowMs);
    const facts = this.#states.findLast((known) => known.size <= size)?.facts ?? noFacts;
    return citedFacts(facts, model.digest, 0, nowMs);
  }

  sold(askId: Hex, nodeKey: Hex): void {
    this.#sellers.set(askId, nodeKey);
    this.#tally.add(leaf({ kind: 'clearing', clearing: { winner: { askId } } }));
  }

  refused(nodeKey: Hex): void {
    this.#tally.add(leaf({ kind: 'reject', message: { body: { nodeKey, reason: 'slots_full' } } }));
  }

  counted(nodeKey: Hex, used: number): void {
    this.#tally.add(leaf({ kind: 'slot-counter', message: { body: { nodeKey, used } } }));
  }

  /** A job is over. @returns whether the home delivered it */
  ended(home: HomeProfile, effectiveAsk: number, billedTokens: number): boolean {
    const isLost = this.#random.fraction() < lossRateOf(home);
    this.endedJobs += 1;
    if (isLost) this.lostJobs += 1;
    const { nodeKey, provider } = namesOf(home);
    const outcome = isLost ? outcomes.providerError : outcomes.stop;
    const body = { nodeKey, provider, poolId: POOL, effectiveAsk, billedTokens, outcome };
    this.#tally.add(leaf({ kind: 'receipt', message: { body } }));
    return !isLost;
  }

  #close(atMs: number): void {
    this.#closedMs = atMs;
    const facts = this.#states.at(-1)?.facts ?? noFacts;
    const members = this.#homes.map(namesOf);
    const { quality, ejections } = closePeriod({
      facts,
      toIndex: this.#log.size,
      atMs,
      tally: this.#tally,
      placeOf: (nodeKey) => {
        const home = this.#byNode.get(nodeKey);
        return home && { platformId: platformOf(home.index), ...namesOf(home), pools: [POOL] };
      },
      membersOf: () => members,
    });
    this.#tally = this.#newTally();
    this.#keep({ kind: 'quality', atMs, quality }, this.#log.table(quality));
    for (const ejection of ejections) {
      this.ejections.push(ejection);
      this.#keep({ kind: 'ejection', atMs, ejection }, this.#log.ejection(ejection));
    }
  }

  #keep(entry: LogEntry, index: number): void {
    const before = this.#states.at(-1)?.facts ?? noFacts;
    this.#states.push({ size: index + 1, facts: foldFacts(before, entry, index) });
  }

  #newTally(): PeriodTally {
    return new PeriodTally((askId) => this.#sellers.get(askId));
  }
}

/** Of an entry, what a tally reads: nothing is signed in the light world. */
const leaf = (read: object) => read as LogEntry;

/** What the market knew of everybody but the newcomers before the run. */
function tableBefore(homes: readonly HomeProfile[]): QualityTable {
  const established = homes.filter((home) => !isNewcomer(home));
  const tokens = REMEMBERED_JOBS * established.length;
  return {
    v: 1,
    fromIndex: 0,
    toIndex: 0,
    platforms: established.map((home) => {
      const missedMilli = Math.round(1_000 * REMEMBERED_JOBS * lossRateOf(home));
      return {
        platformId: platformOf(home.index),
        receipts: REMEMBERED_JOBS,
        doneMilli: 1_000 * REMEMBERED_JOBS - missedMilli,
        missedMilli,
        qualityPpm: home.qualityPpm,
      };
    }),
    nodes: [],
    pools: [
      {
        poolId: POOL,
        receipts: tokens,
        tokens,
        pricePpm: null,
        owners: new Set(established.map(({ owner }) => owner)).size,
        newcomerTokens: 0,
        ceilingPpm: null,
      },
    ],
  };
}
