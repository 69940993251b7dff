import { delay, type Timers } from './ports.ts';

/** Waits for `task`, no longer than `limitMs`, and no longer than until `signal` fires. */
export async function within(
  timers: Timers,
  limitMs: number,
  task: Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const end = AbortSignal.any([done.signal, ...(signal ? [signal] : [])]);
  await Promise.race([task, delay(timers, limitMs, end)]);
  done.abort();
}

export function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
