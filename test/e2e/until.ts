import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** Looks at what another process does until it is as expected. @throws with what it was last when that takes too long */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  isThere: (seen: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (performance.now() >= deadline)
      throw new Error(`${what}: expected within ${timeoutMs} ms, last seen ${String(seen)}`);
    await delay(LOOK_EVERY_MS);
  }
}
