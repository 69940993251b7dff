import { parentPort, workerData } from 'node:worker_threads';
import type { PartJob, PartMessage } from './part-pool.ts';
import { scenarios } from './scenarios.ts';

/** What a thread of the pool does: one part, its progress, its result. */
export async function runPartHere(): Promise<void> {
  const { scenario, part } = workerData as PartJob;
  const send = (message: PartMessage): void => parentPort?.postMessage(message);
  try {
    const loaded = await scenarios[scenario]?.load();
    if (loaded === undefined) throw new Error(`no scenario "${scenario}"`);
    send({ kind: 'result', result: await loaded.run(part, (text) => send({ kind: 'progress', text })) });
  } catch (error) {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}
