import type { Hex } from '@hearth/attestation/receipt';
import type { ClearedAsk } from './clear.ts';

/** A lease lasts at most this long, for as many jobs as fit. */
const LEASE_LIFETIME_MS = 10 * 60_000;
/** How long a node is asked after all others when it left an OFFER unanswered. Costs it nothing else. */
const SILENT_MS = 10_000;
const ANSWER_ROUND_TRIPS = 3;

/** How long an OFFER waits for its ACCEPT: time for three round trips, at least `leastMs`. */
export function answerWithinMs(leastMs: number, roundTripMs: number | undefined): number {
  return Math.max(leastMs, ANSWER_ROUND_TRIPS * (roundTripMs ?? 0));
}

export function leaseExpiresAtMs(offeredAtMs: number, orderValidUntilMs: number): number {
  return Math.min(offeredAtMs + LEASE_LIFETIME_MS, orderValidUntilMs);
}

/** Nodes that did not answer lately, and the order of asking that follows. */
export class SilentNodes {
  /** In the order in which they end. */
  readonly #untilMs = new Map<Hex, number>();

  add(nodeKey: Hex, nowMs: number): void {
    for (const [key, until] of this.#untilMs) {
      if (until > nowMs) break;
      this.#untilMs.delete(key);
    }
    this.#untilMs.delete(nodeKey);
    this.#untilMs.set(nodeKey, nowMs + SILENT_MS);
  }

  /** Silent ones last, not never: a node that was too busy to answer in time may be all that is left. */
  last(ranking: readonly ClearedAsk[], nowMs: number): ClearedAsk[] {
    const isSilent = ({ standing }: ClearedAsk) => (this.#untilMs.get(standing.ask.nodeKey) ?? 0) > nowMs;
    const silent = ranking.filter(isSilent);
    return silent.length === 0
      ? [...ranking]
      : [...ranking.filter((one) => !silent.includes(one)), ...silent];
  }
}
