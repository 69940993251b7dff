import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { Break } from './cut-server.ts';
import type { CutReport } from './cuts.ts';

/** Some cuts of one answer for one client, retries off, as JSON. */
export type CutTask = {
  readonly client: string;
  readonly recording: string;
  /** Base64. */
  readonly bytes: string;
  readonly wholeAt: number;
  readonly offsets: readonly number[];
  readonly how: Break;
};

type Worker = { readonly process: ChildProcess; readonly ended: Promise<CutReport> };

/** A client that opens a connection for each of thousands of cuts keeps a core busy: one process for each core. */
export class CutPool {
  readonly #all: readonly Worker[];
  readonly #idle: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(size: number) {
    const script = join(import.meta.dirname, `cut-worker${extname(import.meta.filename)}`);
    this.#all = Array.from({ length: size }, () => workerOf(fork(script)));
    this.#idle = [...this.#all];
  }

  /** @throws when the process ends before it has answered */
  async run(task: CutTask): Promise<CutReport> {
    const worker = this.#idle.pop() ?? (await new Promise<Worker>((take) => this.#waiting.push(take)));
    const report = once(worker.process, 'message').then(([message]) => message as CutReport);
    worker.process.send(task);
    const settled = await Promise.race([report, worker.ended]);
    const next = this.#waiting.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
    return settled;
  }

  stop(): void {
    for (const worker of this.#all) worker.process.kill();
  }
}

function workerOf(process: ChildProcess): Worker {
  const ended = once(process, 'exit').then(([code, signal]): never => {
    throw new Error(`the process that cuts ended: ${signal ?? code}`);
  });
  ended.catch(() => {}); // it ends one day
  return { process, ended };
}
