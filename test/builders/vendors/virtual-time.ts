import type { Clock, Timers } from '@hearth/attestation/fetch';

type Timer = { readonly delayMs: number; readonly atMs: number; readonly task: () => void };

/** Time that only a test moves. What waits for it can itself be waited for, so no test ever sleeps. */
export class VirtualTime {
  #nowMs: number;
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<() => void>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  readonly clock: Clock = { nowMs: () => this.#nowMs };

  readonly timers: Timers = {
    after: (delayMs, task) => {
      const timer = { delayMs, atMs: this.#nowMs + delayMs, task };
      this.#timers.add(timer);
      for (const watcher of this.#watchers) watcher();
      return () => this.#timers.delete(timer);
    },
  };

  /** Delays of everything that waits now. */
  get pendingMs(): readonly number[] {
    return [...this.#timers].map(({ delayMs }) => delayMs);
  }

  /** Resolves once something waits for a delay that `matches`, with that delay. */
  waiting(matches: (delayMs: number) => boolean): Promise<number> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.pendingMs.find(matches);
        if (found === undefined) return;
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      look();
    });
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.task();
    }
  }
}
