import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time in the backend. */
export abstract class Clock {
  abstract nowMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  abstract sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
