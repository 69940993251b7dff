/** One request that has ended; nothing of what was said. */
export type Request = {
  readonly endedAtMs: number;
  readonly target: string;
  readonly status: number;
  readonly durationMs: number;
  readonly jobId: string | undefined;
};

const KEPT = 50;

/** What this process has answered: counts for metrics, the last requests for people. */
export class Activity {
  readonly #counts = new Map<string, { target: string; status: number; requests: number; seconds: number }>();
  readonly #last: Request[] = [];

  note(request: Request): void {
    const { target, status, durationMs } = request;
    const key = `${target} ${status}`;
    const count = this.#counts.get(key) ?? { target, status, requests: 0, seconds: 0 };
    count.requests += 1;
    count.seconds += durationMs / 1000;
    this.#counts.set(key, count);
    this.#last.push(request);
    if (this.#last.length > KEPT) this.#last.shift();
  }

  counts(): readonly {
    readonly target: string;
    readonly status: number;
    readonly requests: number;
    readonly seconds: number;
  }[] {
    return [...this.#counts.values()];
  }

  /** Newest first. */
  last(): readonly Request[] {
    return this.#last.toReversed();
  }
}
