import type { Clock } from './clock.ts';

/**
 * Lets whoever comes within some time of the first go on together, and no more at once than a turn of the event loop bears: what
 * they do next is then shared by all of them. Only for what nobody waits for.
 */
export class Turnstile {
  private opening: PromiseWithResolvers<void> | undefined;
  private waiting = 0;

  constructor(
    private readonly clock: Pick<Clock, 'sleep'>,
    private readonly gatherMs: number,
    private readonly mostAtOnce: number,
    private readonly stopped: AbortSignal,
  ) {}

  passed(): Promise<void> {
    const opening = this.opening ?? this.close();
    this.waiting += 1;
    if (this.waiting === this.mostAtOnce) this.open();
    return opening.promise;
  }

  private close(): PromiseWithResolvers<void> {
    const opening = Promise.withResolvers<void>();
    this.opening = opening;
    void this.clock.sleep(this.gatherMs, this.stopped).then(() => {
      if (this.opening === opening) this.open();
    });
    return opening;
  }

  private open(): void {
    this.opening?.resolve();
    this.opening = undefined;
    this.waiting = 0;
  }
}
