import type { Hex } from '@hearth/attestation/receipt';
import type { StandingAsk } from '@hearth/sdk/market';
import type { LoggedAsk, LoggedOffer, LoggedSlotCounter } from '../providers/ask-log.ts';

/** An ask as it stood under some checkpoint, with the log entries that say so. */
export interface CitedAsk extends StandingAsk {
  /** The ask, and the node's newest slot counter if it sent one. */
  readonly logIndexes: readonly number[];
}

/** Versions of one thing, oldest first. */
type History<T> = T[];

/**
 * The fold of the ask log, as it was at any recent tree size. A node's newest ask for (model, class) replaces its
 * older one; its newest counter says how many slots are free, and before the first counter all of them are.
 */
export class StandingBook {
  private readonly asks = new Map<Hex, Map<string, History<LoggedAsk>>>();
  private readonly counters = new Map<string, History<LoggedSlotCounter>>();
  private folded = 0;

  /** Number of log entries that the fold covers. */
  get foldedSize(): number {
    return this.folded;
  }

  /**
   * Takes the entries of [foldedSize, size) that concern the book, in log order. Nobody will ask for the book at a
   * tree size below `horizon` again.
   */
  fold(offers: readonly LoggedOffer[], size: number, horizon: number): void {
    for (const offer of offers) {
      if (offer.kind === 'ask') push(this.histories(offer), askKey(offer), offer, horizon);
      else push(this.counters, counterKey(offer.message.body), offer, horizon);
    }
    this.folded = size;
  }

  /** Every standing ask for a model under the first `size` log entries, expired ones included: the clearing says why it refuses them. */
  asksFor(modelDigest: Hex, size: number): CitedAsk[] {
    const histories = this.asks.get(modelDigest)?.values() ?? [];
    return [...histories].flatMap((history) => {
      const standing = history.findLast(({ logIndex }) => logIndex < size);
      return standing === undefined ? [] : [this.cite(standing, size)];
    });
  }

  /** Forgets asks that ended before `untilMs`: they can win nothing any more. */
  dropEndedBefore(untilMs: number): void {
    for (const histories of this.asks.values())
      for (const [key, history] of histories)
        if ((history.at(-1)?.message.body.validUntilMs ?? 0) < untilMs) histories.delete(key);
  }

  private cite(logged: LoggedAsk, size: number): CitedAsk {
    const ask = logged.message.body;
    const counter = this.counters.get(counterKey(ask))?.findLast(({ logIndex }) => logIndex < size);
    return {
      askId: logged.messageId,
      ask,
      platformId: logged.platformId,
      timestampMs: logged.atMs,
      freeSlots: counter === undefined ? ask.slots : counter.message.body.slots - counter.message.body.used,
      logIndexes: counter === undefined ? [logged.logIndex] : [logged.logIndex, counter.logIndex],
    };
  }

  private histories({ message }: LoggedAsk): Map<string, History<LoggedAsk>> {
    const { modelDigest } = message.body;
    const histories = this.asks.get(modelDigest) ?? new Map<string, History<LoggedAsk>>();
    this.asks.set(modelDigest, histories);
    return histories;
  }
}

const askKey = ({ message: { body } }: LoggedAsk) => `${body.nodeKey}/${body.class}`;
const counterKey = ({ nodeKey, enclaveKey }: { nodeKey: Hex; enclaveKey: Hex }) => `${nodeKey}/${enclaveKey}`;

/** Appends a version and drops those that another one had replaced already at the horizon. */
function push<T extends { logIndex: number }>(
  histories: Map<string, History<T>>,
  key: string,
  version: T,
  horizon: number,
): void {
  const history = histories.get(key) ?? [];
  const needed = Math.max(
    0,
    history.findLastIndex(({ logIndex }) => logIndex < horizon),
  );
  histories.set(key, [...history.slice(needed), version]);
}
