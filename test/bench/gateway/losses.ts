import type { LoadRun } from './load-run.ts';
import type { AgentCounts } from './scripted-agent-config.ts';

export interface Round {
  readonly plain: LoadRun;
  readonly sealed: LoadRun;
}

export interface GatewayMeasurement {
  /** Not part of any figure, but of the count of what was dropped. */
  readonly warmUp: Round;
  readonly rounds: readonly Round[];
  readonly setup: {
    readonly connections: number;
    readonly rounds: number;
    readonly warmupMs: number;
    readonly measureMs: number;
    readonly cores: number;
  };
  readonly requestBytes: number;
  readonly answerBytes: number;
  readonly agent: AgentCounts;
  /** `hearth_jobs_total` of the gateway, by outcome. */
  readonly gatewayJobs: Readonly<Record<string, number>>;
}

/** What was sent on one end and did not arrive at the other, whole and once; all zero in a good run. */
export function lossesOf(measured: GatewayMeasurement): Readonly<Record<string, number>> {
  const rounds = [measured.warmUp, ...measured.rounds];
  const plain = rounds.map((round) => round.plain);
  const sealed = rounds.map((round) => round.sealed);
  const jobs = sum(sealed.map(({ sent }) => sent));
  const { agent, gatewayJobs, requestBytes } = measured;
  const { served = 0, ...otherwise } = gatewayJobs;
  return {
    plainUnanswered: sum(plain.map(({ sent, answered }) => sent - answered)),
    sealedUnanswered: sum(sealed.map(({ sent, answered }) => sent - answered)),
    clientFailures: sum([...plain, ...sealed].flatMap(({ failures }) => Object.values(failures))),
    jobsNotOpenedOnce: Math.abs(jobs - agent.opened),
    jobsNotAnsweredOnce: Math.abs(jobs - agent.answered),
    jobsCancelled: agent.cancelled,
    requestBytesAstray: Math.abs(jobs * requestBytes - agent.requestBytes),
    jobsNotServed: Math.abs(jobs - served) + sum(Object.values(otherwise)),
  };
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
