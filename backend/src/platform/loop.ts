import type { Clock } from './clock.ts';

/**
 * One background task of the process: runs `step` at least every `intervalMs` and at once when woken, never twice at a time.
 * A failing step is reported and retried after the interval; `stop` aborts the wait and resolves when the running step ended.
 */
export class Loop {
  private readonly abort = new AbortController();
  private wakeNow: (() => void) | undefined;
  private woken = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly task: {
      readonly intervalMs: number;
      readonly clock: Clock;
      readonly step: (signal: AbortSignal) => Promise<void>;
      readonly onFailure: (error: unknown) => void;
    },
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  wake(): void {
    this.woken = true;
    this.wakeNow?.();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.wakeNow?.();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      this.woken = false;
      await this.task.step(signal).catch((error: unknown) => {
        if (!signal.aborted) this.task.onFailure(error);
      });
      if (!this.woken && !signal.aborted) await this.waitForWork();
    }
  }

  private async waitForWork(): Promise<void> {
    const wait = new AbortController();
    this.wakeNow = () => wait.abort();
    await this.task.clock.sleep(this.task.intervalMs, wait.signal);
    this.wakeNow = undefined;
  }
}
