import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '@hearth/sdk';
import { Random } from '../../fuzz/random.ts';
import type { Home } from '../../market/home.ts';
import { prompts, watchAnswer } from '../answers.ts';
import type { KillReport } from '../failover/kill-enclaves.ts';
import type { ModelLoads } from './model-loads.ts';
import type { Part } from './parts.ts';
import { untilWhole } from './whole.ts';

export type PartKill = {
  readonly part: string;
  /** Answers that the kill broke off, and another home went on with. */
  readonly hasFailedOver: boolean;
  /** From its return until the home serves again, with all its meters. */
  readonly backMs: number;
  /** Of it, what loading the model took. */
  readonly loadMs: number;
};

/** The answer that a part was killed in, on an order of its own. */
export type BrokenAnswer = { readonly session: Session; readonly report: KillReport };
export type PartKills = { readonly kills: readonly PartKill[]; readonly broken: readonly BrokenAnswer[] };

/** What is not the agent's is away for a while; the agent's processes are started again at once. */
const OUTAGE_MS = 3_000;
const outageOf = ({ name }: Part) => (name === 'host' || name === 'enclave' ? 0 : OUTAGE_MS);

/**
 * Each part of the home in turn: killed while the home answers, and brought back.
 * @param newSession a session keeps to the home that it has leased from, so who asks anew is a new one
 */
export async function killParts(
  home: Home,
  newSession: () => Promise<Session>,
  parts: readonly Part[],
  loads: ModelLoads,
  seed: number,
  progress: (text: string) => void,
): Promise<PartKills> {
  const [prompt] = prompts;
  const whole = (await watchAnswer(await newSession(), prompt)).result.content;
  const kills: PartKill[] = [];
  const broken: BrokenAnswer[] = [];
  for (const [index, part] of parts.entries()) {
    const [session, afterwards] = [await newSession(), await newSession()];
    const killedAt = new Random(seed, index).below(Math.floor(whole.length / 2));
    const clientErrors: string[] = [];
    let back: Promise<number> | undefined;
    const answer = await watchAnswer(session, prompt, (characters, serving) => {
      if (serving === home.provider && characters >= killedAt) back ??= breakAndMend(part, home, afterwards);
    }).catch((error: unknown) => void clientErrors.push(`${part.name}, kill ${index}: ${String(error)}`));
    const backMs = await back;
    if (backMs === undefined)
      throw new Error(
        `${part.name}: the answer came from another home, nothing to kill it at ${clientErrors}`,
      );
    const hasFailedOver = (answer?.result.lost.length ?? 0) > 0;
    const loadMs = loads.take();
    kills.push({ part: part.name, hasFailedOver, backMs, loadMs });
    const killed = answer && {
      ...{ index, killedAt, result: answer.result, longestGapMs: answer.longestGapMs },
      isSameText: answer.result.content === whole,
    };
    broken.push({ session, report: { killed: killed ? [killed] : [], tooLate: 0, clientErrors } });
    progress(
      `${part.name} killed${hasFailedOver ? ', another home went on' : ''}; back after ${backMs} ms, ${loadMs} ms of it the model`,
    );
  }
  return { kills, broken };
}

async function breakAndMend(part: Part, home: Home, session: Session): Promise<number> {
  await part.kill();
  await delay(outageOf(part));
  const since = performance.now();
  await part.restart();
  await untilWhole(home, session);
  return Math.round(performance.now() - since);
}
