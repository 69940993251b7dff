/** Wall clock of the home. It is host-declared, and every receipt calls it so. */
export interface Clock {
  nowMs(): number;
}

export interface Random {
  /** Uniform in [0, 1). For jitter only, never for keys. */
  fraction(): number;
}

export interface Timers {
  /** Runs `task` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, task: () => void): () => void;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
export const systemRandom: Random = { fraction: () => Math.random() };
export const systemTimers: Timers = {
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or at once when `signal` fires. */
export function delay(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(delayMs, done);
    signal.addEventListener('abort', done);
  });
}
