import { availableParallelism } from 'node:os';
import type { Lifecycle } from '../../environment/lifecycle.ts';
import { runLoad, type Target, type TargetName } from './load-run.ts';
import type { RelayMeasurement, RelayRun } from './losses.ts';
import type { SealedSide } from './sealed-side.ts';

export interface RelayLoad {
  /** Connections, each of which asks again as soon as it is answered. */
  readonly streams: readonly number[];
  readonly rounds: number;
  readonly warmupMs: number;
  readonly measureMs: number;
}

/** Requests per second through each target, in turn, at each number of streams, round by round. */
export async function measureRelay(
  parts: Lifecycle,
  tell: (progress: string) => void,
  { targets, side, dir }: { targets: Record<TargetName, Target>; side: SealedSide; dir: string },
  { streams, rounds, warmupMs, measureMs }: RelayLoad,
): Promise<RelayMeasurement> {
  const timing = { warmupMs, measureMs };
  const names = Object.keys(targets) as TargetName[];
  const runs: RelayRun[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    for (const connections of streams) {
      for (const [turn] of names.entries()) {
        const target = names[(turn + round) % names.length] as TargetName; // each is first, second and last in turn
        const run = await runLoad(parts, targets[target], connections, timing, dir);
        runs.push({ ...run, target, streams: connections, round });
      }
    }
    tell(round === 0 ? 'every relay is warm' : `round ${round} of ${rounds}: ${rates(runs, round)}`);
  }
  return {
    runs,
    setup: { ...timing, streams, cores: availableParallelism() },
    requestBytes: side.requestBytes,
    answerBytes: targets.sealed.answer.length,
    agent: await side.home.counts(),
    gatewayJobs: await side.jobCounts(),
  };
}

const rates = (runs: readonly RelayRun[], round: number): string =>
  runs
    .filter((run) => run.round === round)
    .map(({ target, streams, rps }) => `${target} ${rps.toFixed()}/s at ${streams}`)
    .join(', ');
