import type { LoadRun, LoadTiming, TargetName } from './load-run.ts';
import type { AgentCounts } from './scripted-agent-config.ts';

export interface RelayRun extends LoadRun {
  readonly target: TargetName;
  readonly streams: number;
  /** 0 warms up: part of no figure, but of the count of what was dropped. */
  readonly round: number;
}

export interface RelayMeasurement {
  readonly runs: readonly RelayRun[];
  readonly setup: LoadTiming & { readonly streams: readonly number[]; readonly cores: number };
  readonly requestBytes: number;
  readonly answerBytes: number;
  readonly agent: AgentCounts;
  /** `hearth_jobs_total` of the gateway, by outcome. */
  readonly gatewayJobs: Readonly<Record<string, number>>;
}

/** What was sent on one end and did not arrive at the other, whole and once; all zero in a good run. */
export function lossesOf({
  runs,
  agent,
  gatewayJobs,
  requestBytes,
}: RelayMeasurement): Readonly<Record<string, number>> {
  const jobs = sum(runs.filter(({ target }) => target === 'sealed').map(({ sent }) => sent));
  const { served = 0, ...otherwise } = gatewayJobs;
  return {
    unanswered: sum(runs.map(({ sent, answered }) => sent - answered)),
    clientFailures: sum(runs.flatMap(({ failures }) => Object.values(failures))),
    jobsNotOpenedOnce: Math.abs(jobs - agent.opened),
    jobsNotAnsweredOnce: Math.abs(jobs - agent.answered),
    jobsCancelled: agent.cancelled,
    requestBytesAstray: Math.abs(jobs * requestBytes - agent.requestBytes),
    jobsNotServed: Math.abs(jobs - served) + sum(Object.values(otherwise)),
  };
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
