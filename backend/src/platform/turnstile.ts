import type { Clock } from './clock.ts';

/**
 * Lets whoever comes within some time of the first go on together: what they do next is then shared by all of them.
 * Only for what nobody waits for.
 */
export class Turnstile {
  private opening: Promise<void> | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'sleep'>,
    private readonly gatherMs: number,
    private readonly stopped: AbortSignal,
  ) {}

  passed(): Promise<void> {
    this.opening ??= this.clock.sleep(this.gatherMs, this.stopped).then(() => {
      this.opening = undefined;
    });
    return this.opening;
  }
}
