import type { SimRandom } from './random.ts';
import type { Simulation } from './simulation.ts';

export interface LinkQuality {
  /** Share of messages that do not arrive. */
  readonly loss: number;
  /** Share of messages that arrive twice. */
  readonly duplicate: number;
  /** Each message takes a time of its own from this range: later ones overtake earlier ones. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** As TCP does it: what was lost is sent again after this long, and nothing overtakes. Absent: lost is lost. */
  readonly resendMs?: number;
}

/** One direction of one connection: keeps the order where the network does. */
export interface Channel {
  arrivedAtMs: number;
}

/** Carries messages between two ends, badly. Also counts what it did to them. */
export class Network {
  sent = 0;
  lost = 0;
  duplicated = 0;
  readonly #simulation: Simulation;
  readonly #random: SimRandom;
  readonly #quality: LinkQuality;

  constructor(simulation: Simulation, random: SimRandom, quality: LinkQuality) {
    this.#simulation = simulation;
    this.#random = random;
    this.#quality = quality;
  }

  send(channel: Channel, deliver: () => void): void {
    const { loss, duplicate, resendMs } = this.#quality;
    this.sent += 1;
    let waitedMs = 0;
    while (this.#random.chance(loss)) {
      this.lost += 1;
      if (resendMs === undefined) return;
      waitedMs = 2 * waitedMs + resendMs;
    }
    this.#carry(channel, waitedMs, deliver);
    if (!this.#random.chance(duplicate)) return;
    this.duplicated += 1;
    this.#carry(channel, waitedMs, deliver);
  }

  #carry(channel: Channel, waitedMs: number, deliver: () => void): void {
    const { minDelayMs, maxDelayMs, resendMs } = this.#quality;
    const nowMs = this.#simulation.nowMs();
    const ownMs = nowMs + waitedMs + this.#random.between(minDelayMs, maxDelayMs);
    const atMs = resendMs === undefined ? ownMs : Math.max(ownMs, channel.arrivedAtMs);
    channel.arrivedAtMs = atMs;
    this.#simulation.after(atMs - nowMs, deliver);
  }
}
