import { CollateralFetchError } from './errors.ts';

/** Everything that is not a function of its arguments enters here, so that tests own time, chance and the network. */
export type Clock = { nowMs(): number };

export type Random = {
  /** Uniform in [0, 1). For jitter only, never for keys or nonces. */
  fraction(): number;
};

export type Timers = {
  /** Runs `task` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, task: () => void): () => void;
};

/** The part of the platform's `fetch` that is used; Node's and the browser's both fit. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type Ports = {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
};

/** The platform's own. Named, so that whoever reaches the network says so. */
export const systemPorts: Ports = {
  fetch: (url, init) => globalThis.fetch(url, init),
  clock: { nowMs: () => Date.now() },
  random: { fraction: () => Math.random() },
  timers: {
    after: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
  },
};

export function nowUnixSec(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000);
}

/** Resolves after `delayMs`; rejects with CollateralFetchError `cancelled` if the signal fires first. */
export function delay(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = (): void => {
      cancel();
      reject(new CollateralFetchError('cancelled', 'wait', { cause: signal.reason }));
    };
    const cancel = timers.after(delayMs, () => {
      signal.removeEventListener('abort', cancelled);
      resolve();
    });
    if (signal.aborted) cancelled();
    else signal.addEventListener('abort', cancelled, { once: true });
  });
}
