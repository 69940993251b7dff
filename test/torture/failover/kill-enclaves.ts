import type { Hex } from '@hearth/attestation/receipt';
import type { JobResult, Session } from '@hearth/sdk';
import { Random } from '../../fuzz/random.ts';
import type { Home } from '../../market/home.ts';
import type { Market } from '../../market/market.ts';
import { prompts, watchAnswer } from '../answers.ts';

/** One call whose enclave was killed while it answered, as the buyer saw it. */
export type KilledRun = {
  readonly index: number;
  /** Characters that the client had when the kill was sent. */
  readonly killedAt: number;
  readonly result: JobResult;
  readonly isSameText: boolean;
  /** Longest silence between two pieces that the client got. */
  readonly longestGapMs: number;
};
export type KillReport = {
  readonly killed: readonly KilledRun[];
  /** The answer was whole before the kill took effect: another one was run instead. */
  readonly tooLate: number;
  readonly clientErrors: readonly string[];
};

type Reference = { readonly prompt: string; readonly text: string };
type Options = {
  readonly market: Market;
  readonly session: Session;
  readonly seed: number;
  readonly runs: number;
};

/**
 * Kills the serving enclave at a random place of each answer, with SIGKILL, until `runs` answers were hit; the killed one
 * comes back with new keys meanwhile.
 */
export async function killEnclaves(options: Options, progress: (text: string) => void): Promise<KillReport> {
  const { market, session, seed, runs } = options;
  const references: Reference[] = [];
  for (const prompt of prompts)
    references.push({ prompt, text: (await watchAnswer(session, prompt)).result.content });
  const yard = new RepairYard(market.homes);
  const killed: KilledRun[] = [];
  const clientErrors: string[] = [];
  let tooLate = 0;
  for (let index = 0; killed.length + clientErrors.length < runs; index += 1) {
    const random = new Random(seed, index);
    const reference = random.pick(references);
    const killedAt = random.below(reference.text.length);
    await yard.untilEnough();
    try {
      const run = await killedRun(session, yard, index, reference, killedAt);
      if (run === undefined) tooLate += 1;
      else killed.push(run);
    } catch (error) {
      clientErrors.push(`run ${index}: ${String(error)}`);
    }
    progress(
      `${killed.length} of ${runs} answers hit, ${tooLate} too late, ${clientErrors.length} client errors`,
    );
  }
  await yard.untilWhole();
  return { killed, tooLate, clientErrors };
}

async function killedRun(
  session: Session,
  yard: RepairYard,
  index: number,
  { prompt, text }: Reference,
  killedAt: number,
): Promise<KilledRun | undefined> {
  let isKilled = false;
  const { result, longestGapMs } = await watchAnswer(session, prompt, (characters, serving) => {
    if (isKilled || characters < killedAt) return;
    isKilled = true;
    yard.kill(serving);
  });
  if (result.lost.length === 0) return undefined;
  return { index, killedAt, result, isSameText: result.content === text, longestGapMs };
}

/** Homes whose enclave was killed, and their way back. Two are always left to serve. */
class RepairYard {
  readonly #homes: readonly Home[];
  readonly #repairs = new Map<Home, Promise<void>>();

  constructor(homes: readonly Home[]) {
    this.#homes = homes;
  }

  kill(provider: Hex): void {
    const home = this.#homes.find((each) => each.provider === provider);
    if (!home || this.#repairs.has(home)) throw new Error(`no enclave of ${provider} to kill`);
    const { enclave } = home;
    enclave.kill('SIGKILL');
    const repair = enclave.exited.then(() => home.restartEnclave());
    this.#repairs.set(
      home,
      repair.finally(() => this.#repairs.delete(home)),
    );
  }

  async untilEnough(): Promise<void> {
    while (this.#homes.length - this.#repairs.size < 2) await Promise.race(this.#repairs.values());
  }

  async untilWhole(): Promise<void> {
    await Promise.all(this.#repairs.values());
  }
}
