import type { Clock } from './ports.ts';

/** No gateway moves our idea of its time further than this: beyond it, the home's own clock has to be set. */
const MAX_OFFSET_MS = 5 * 60_000;
const TRUSTED_OFFSET_MS = 60_000;

/**
 * The gateway's clock as seen from here. OFFERs are answered within 150 ms by that clock, which no home's clock can be
 * trusted to show.
 */
export class MarketClock implements Clock {
  readonly #own: Clock;
  #offsetMs = 0;
  #wasHeard = false;

  constructor(own: Clock) {
    this.#own = own;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** A gateway agrees about the time, so that schedules of the home mean what they say. */
  get isSynced(): boolean {
    return this.#wasHeard && Math.abs(this.#offsetMs) <= TRUSTED_OFFSET_MS;
  }

  nowMs(): number {
    return this.#own.nowMs() + this.#offsetMs;
  }

  heard(gatewayTimeMs: number): void {
    this.#wasHeard = true;
    const offsetMs = gatewayTimeMs - this.#own.nowMs();
    this.#offsetMs = Math.max(-MAX_OFFSET_MS, Math.min(MAX_OFFSET_MS, offsetMs));
  }
}
