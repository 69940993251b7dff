import type { Hex } from '@hearth/attestation/receipt';
import { type JobResult, runJob, type Session } from '@hearth/sdk';
import { Random } from '../../fuzz/random.ts';
import type { Home } from '../../market/home.ts';
import type { Market } from '../../market/market.ts';
import { ENDLESS } from './endless-model.ts';

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

/** The model ends at its token limit only (`endless-model.ts`). */
const question = (prompt: string) => ({
  model: ENDLESS,
  messages: [
    { role: 'system', content: '' },
    { role: 'user', content: prompt },
  ],
  max_tokens: MAX_TOKENS,
  temperature: 0,
  stream: true,
});
const prompts = [
  'Tell me a story.',
  'What is remote attestation?',
  'What is solar surplus?',
  'lamp sun river stone',
];
const MAX_TOKENS = 400;

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
  for (const prompt of prompts) references.push({ prompt, text: await undisturbed(session, prompt) });
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

async function undisturbed(session: Session, prompt: string): Promise<string> {
  let content = '';
  for await (const event of runJob(session, {
    endpoint: 'chatCompletions',
    body: question(prompt),
  }))
    if (event.type === 'done') ({ content } = event.result);
  return content;
}

async function killedRun(
  session: Session,
  yard: RepairYard,
  index: number,
  { prompt, text }: Reference,
  killedAt: number,
): Promise<KilledRun | undefined> {
  let characters = 0;
  let serving: Hex | undefined;
  let isKilled = false;
  let lastAt = performance.now();
  let longestGapMs = 0;
  let result: JobResult | undefined;
  for await (const event of runJob(session, {
    endpoint: 'chatCompletions',
    body: question(prompt),
  })) {
    if (event.type === 'head') serving = event.job.lease.grant.lease.body.provider;
    if (event.type === 'bytes') {
      const now = performance.now();
      if (characters > 0) longestGapMs = Math.max(longestGapMs, now - lastAt);
      lastAt = now;
      characters += textOf(event.bytes).length;
    }
    if (event.type === 'done') ({ result } = event);
    if (!isKilled && serving && event.type === 'bytes' && characters >= killedAt) {
      isKilled = true;
      yard.kill(serving);
    }
  }
  if (!result || result.lost.length === 0) return undefined;
  return { index, killedAt, result, isSameText: result.content === text, longestGapMs };
}

function textOf(bytes: Uint8Array): string {
  return [...new TextDecoder().decode(bytes).matchAll(/"content":("(?:[^"\\]|\\.)*")/g)]
    .map(([, json]) => JSON.parse(json as string) as string)
    .join('');
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
