import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Clock } from './clock.ts';
import { Loop } from './loop.ts';
import { StructuredLog } from './structured-log.ts';

/** What a service does in the background. */
export interface BackgroundTask {
  readonly intervalMs: number;
  readonly step: () => Promise<void>;
  /** The event under which a failing step is logged. */
  readonly failure: string;
  readonly onFailure?: () => void;
}

/** The process's background tasks. All of them end before anything that they use is taken away. */
@Injectable()
export class Loops implements BeforeApplicationShutdown {
  private readonly loops: Loop[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /** Begins at once: for `onApplicationBootstrap`. */
  start({ intervalMs, step, failure, onFailure }: BackgroundTask): Loop {
    const loop = new Loop({
      intervalMs,
      clock: this.clock,
      step,
      onFailure: (error) => {
        onFailure?.();
        this.log.failure(failure, error);
      },
    });
    this.loops.push(loop);
    loop.start();
    return loop;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }
}
