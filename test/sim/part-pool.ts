import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Scenario } from './scenario.ts';

/** What a worker thread is given. */
export interface PartJob {
  readonly scenario: string;
  readonly part: object;
}

export type PartMessage =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'result'; readonly result: object }
  | { readonly kind: 'failed'; readonly message: string };

/** A simulated world makes little that lasts: with more room for what is new, less of it is copied before it is gone. */
const resourceLimits = { maxYoungGenerationSizeMb: 192 };

/** Runs the parts of a scenario in threads, so that this thread hears the user; results in the order of the parts. */
export class PartPool {
  readonly #script: URL;
  readonly #name: string;
  readonly #tell: (progress: string) => void;
  readonly #workers = new Set<Worker>();

  /** @param script what a thread runs; it answers a `PartJob` with `PartMessage`s */
  constructor(script: URL, name: string, tell: (progress: string) => void) {
    this.#script = script;
    this.#name = name;
    this.#tell = tell;
  }

  async run({ isTimed }: Scenario, parts: readonly object[]): Promise<object[]> {
    const results: object[] = [];
    const waiting = parts.entries();
    const work = async (): Promise<void> => {
      for (const [index, part] of waiting) results[index] = await this.#runPart(part);
    };
    await Promise.all(Array.from({ length: isTimed ? 1 : availableParallelism() }, work));
    return results;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #runPart(part: object): Promise<object> {
    const job: PartJob = { scenario: this.#name, part };
    const worker = new Worker(this.#script, { workerData: job, resourceLimits });
    this.#workers.add(worker);
    return new Promise<object>((resolve, reject) => {
      worker.on('message', (message: PartMessage) => {
        if (message.kind === 'progress') this.#tell(message.text);
        else if (message.kind === 'result') resolve(message.result);
        else reject(new Error(message.message));
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        this.#workers.delete(worker);
        reject(new Error('a part was ended from outside')); // after a result: nobody listens any more
      });
    });
  }
}
