import { hashLeaseRequest } from '@hearth/attestation/receipt';
import { type Eip712Domain } from '@hearth/contracts/typed-data';
import type { ReplayDifference } from '../market/index.ts';
import { beaconLine, type Clearing, leaseId, regionsHash, type SlotCounter } from '../protocol/index.ts';
import type { BeaconCheck } from './beacon-check.ts';
import type { Defects } from './defect.ts';
import { LOOK_BACK_MS, type LoggedEntry, type LogObserver, type Standing } from './log-pass.ts';
import type { MarketState } from './market-state.ts';

/** A request may cite a checkpoint of 3 s ago; catching up with the log and the clocks of replicas take the rest. */
const MAX_CHECKPOINT_AGE_MS = 6_000;
const MAX_CHECKPOINT_LEAD_MS = 2_000;

/** A logged clearing after it was computed again. */
export interface ReplayedClearing {
  readonly index: number;
  readonly clearing: Clearing;
  readonly isRight: boolean;
}

export type ClearingCheckOptions = {
  readonly domain: Eip712Domain;
  /** Which clearings are replayed. */
  readonly choose: (index: number, clearing: Clearing) => boolean;
  readonly state: MarketState;
  readonly beacons: BeaconCheck;
  readonly defects: Defects;
  readonly onReplayed?: (replayed: ReplayedClearing) => void;
};

type Cited = { readonly index: number; readonly loggedMs: number; readonly clearing: Clearing };

/** Computes every auction again from what stood under the checkpoint that its buyer cited. */
export class ClearingCheck implements LogObserver {
  readonly #options: ClearingCheckOptions;
  /** By the tree size they cite. */
  readonly #waiting = new Map<number, Cited[]>();
  /** What nodes have counted, of the entries that were read and not yet passed: by log index. */
  readonly #counters = new Map<number, SlotCounter>();
  #size = 0;
  #replayed = 0;

  constructor(options: ClearingCheckOptions) {
    this.#options = options;
  }

  get replayed(): number {
    return this.#replayed;
  }

  read({ index, entry }: LoggedEntry): void {
    const { choose, defects } = this.#options;
    if (entry.kind === 'slot-counter') this.#counters.set(index, entry.message.body);
    if (entry.kind !== 'clearing' || !choose(index, entry.clearing)) return;
    const { clearing } = entry;
    const size = Number(clearing.request.request.checkpointSize);
    if (size > index)
      defects.add('clearing_altered', index, `clearing ${index}: cites ${size} entries, and is one of them`);
    else if (size < this.#size)
      defects.add(
        'checkpoint_stale',
        index,
        `clearing ${index}: cites ${size} entries, more than ${LOOK_BACK_MS} ms old`,
      );
    else
      this.#waiting.set(size, [
        ...(this.#waiting.get(size) ?? []),
        { index, loggedMs: entry.atMs, clearing },
      ]);
  }

  stand(standing: Standing): void {
    this.#size = standing.size;
    this.#counters.delete(standing.size - 1);
    const cited = this.#waiting.get(standing.size);
    if (cited === undefined) return;
    this.#waiting.delete(standing.size);
    for (const one of cited) this.#replay(one, standing);
  }

  #replay(cited: Cited, standing: Standing): void {
    const { defects, onReplayed, state } = this.#options;
    const { index, clearing } = cited;
    const before = defects.found;
    this.#checkCheckpoint(cited, standing);
    this.#checkRequest(cited);
    const differences = state.replay(clearing);
    if (differences.length > 0) this.#report(cited, differences);
    this.#checkBooks(cited);
    this.#checkFull(cited, standing);
    this.#replayed += 1;
    onReplayed?.({ index, clearing, isRight: defects.found === before });
  }

  #checkCheckpoint({ index, loggedMs, clearing }: Cited, { size, root, notes }: Standing): void {
    const { defects, beacons } = this.#options;
    const { checkpointRoot } = clearing.request.request;
    if (checkpointRoot !== root()) {
      const shown = `the entries shown have ${root()}`;
      defects.add(
        'log_forked',
        index,
        `clearing ${index}: cites root ${checkpointRoot} of ${size} entries; ${shown}`,
      );
      return;
    }
    const fault = beacons.faultOf(clearing);
    if (fault !== undefined) defects.add('beacon_altered', index, `clearing ${index}: ${fault}`);
    const stated = beaconLine(clearing.beacon);
    const isSigned = notes.some(({ checkpoint: { beacon, timeMs } }) => {
      const ageMs = clearing.atMs - timeMs;
      return (
        ageMs <= MAX_CHECKPOINT_AGE_MS && ageMs >= -MAX_CHECKPOINT_LEAD_MS && beaconLine(beacon) === stated
      );
    });
    if (!isSigned)
      defects.add(
        'checkpoint_stale',
        index,
        `clearing ${index}: of ${clearing.atMs}, and no checkpoint of ${size} entries with its beacon was signed then`,
      );
    if (Math.abs(loggedMs - clearing.atMs) > LOOK_BACK_MS)
      defects.add('clearing_altered', index, `clearing ${index}: of ${clearing.atMs}, logged at ${loggedMs}`);
  }

  #checkRequest({ index, clearing }: Cited): void {
    const { requestId, winner } = clearing;
    const { request, regions } = clearing.request;
    const claims: [what: string, claimed: string, computed: string][] = [
      ['request id', requestId, hashLeaseRequest(this.#options.domain, request)],
      ['regions', request.regionsHash, regionsHash(regions)],
      ['lease id', winner.leaseId, leaseId(requestId, winner.askId)],
    ];
    for (const [what, claimed, computed] of claims)
      if (claimed !== computed)
        this.#options.defects.add(
          'clearing_altered',
          index,
          `clearing ${index}: ${what}: claimed ${claimed}, computed ${computed}`,
        );
  }

  #checkBooks({ index, clearing }: Cited): void {
    const [claimed, computed] = [clearing.books, this.#options.state.booksOf(clearing)].map((books) =>
      books.map(({ tier, root }) => `tier ${tier}: ${root}`).join(', '),
    );
    if (claimed !== computed)
      this.#options.defects.add(
        'books_altered',
        index,
        `clearing ${index}: books: claimed ${claimed || 'none'}, computed ${computed || 'none'}`,
      );
  }

  /** A node may be passed over as full only with its own word, given after the cited checkpoint and before the clearing. */
  #checkFull({ index, clearing }: Cited, { size }: Standing): void {
    for (const { askId, counterIndex } of clearing.full) {
      const counter = counterIndex < index ? this.#counters.get(counterIndex) : undefined;
      const ask = this.#options.state.askOf(askId);
      const isWord = counter?.nodeKey === ask?.nodeKey && counter?.enclaveKey === ask?.enclaveKey;
      if (counter !== undefined && isWord && (counter.pause !== null || counter.slots <= counter.used))
        continue;
      this.#options.defects.add(
        'clearing_altered',
        index,
        `clearing ${index}: ask ${askId} passed over as full; entry ${counterIndex}, after the first ${size}, does not say so`,
      );
    }
  }

  #report({ index, clearing }: Cited, differences: readonly ReplayDifference[]): void {
    const { defects } = this.#options;
    const ignored = ignoredAsk(clearing, differences);
    if (ignored !== undefined)
      defects.add('ask_ignored', index, `clearing ${index}: ask ${ignored} stood, ranks, and was left out`);
    else
      defects.add(
        'clearing_altered',
        index,
        `clearing ${index}: ${differences.map((one) => `${one.field}: claimed ${one.claimed}, computed ${one.replayed}`).join('; ')}`,
      );
  }
}

/** The best ask that should have ranked and is not named, if leaving it out explains the rest of the ranking. */
function ignoredAsk({ ranking }: Clearing, differences: readonly ReplayDifference[]): string | undefined {
  const replayed = differences.find(({ field }) => field === 'ranking')?.replayed.split(',') ?? [];
  const left = replayed.filter((askId) => !ranking.includes(askId as `0x${string}`));
  const others = replayed.filter((askId) => !left.includes(askId));
  const isExplained = others.every((askId, i) => ranking[i] === askId);
  return isExplained ? left[0] : undefined;
}
