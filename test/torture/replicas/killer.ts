import { setTimeout as delay } from 'node:timers/promises';
import type { Gateway } from '../../market/gateway.ts';
import { SimRandom } from '../../sim/engine/random.ts';

export interface Kill {
  readonly replica: number;
  readonly atSecond: number;
  /** From SIGKILL until it served again. */
  readonly goneMs: number;
}

/** Kills one replica every `everyMs`, chosen by the seed, and starts it again at once. */
export async function killInTurn(
  gateways: readonly Gateway[],
  { everyMs, untilMs, seed }: { readonly everyMs: number; readonly untilMs: number; readonly seed: number },
  tell: (progress: string) => void,
): Promise<Kill[]> {
  const random = new SimRandom(seed, 0);
  const startMs = Date.now();
  const kills: Kill[] = [];
  for (let dueMs = everyMs; dueMs < untilMs && Date.now() - startMs < untilMs; dueMs += everyMs) {
    await delay(Math.max(0, startMs + dueMs - Date.now()));
    const replica = random.below(gateways.length);
    const gateway = gateways[replica] as Gateway;
    const killedMs = Date.now();
    await gateway.kill();
    await gateway.restart();
    const kill = {
      replica,
      atSecond: Math.round((killedMs - startMs) / 1000),
      goneMs: Date.now() - killedMs,
    };
    kills.push(kill);
    tell(`second ${kill.atSecond}: killed replica ${replica + 1}, back after ${kill.goneMs} ms`);
  }
  await delay(Math.max(0, startMs + untilMs - Date.now()));
  return kills;
}
