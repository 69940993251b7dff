import { expect, test } from '@jest/globals';
import type { LoadRun } from './load-run.ts';
import type { GatewayMeasurement } from './losses.ts';
import { gatewayReport } from './report.ts';

const run = (rps: number, overrides: Partial<LoadRun> = {}): LoadRun => ({
  measured: 2 * rps,
  seconds: 2,
  rps,
  p50Ms: 1,
  p99Ms: 5,
  sent: 100,
  answered: 100,
  failures: {},
  relayCpuSeconds: 1,
  ...overrides,
});

const measurement = (overrides: Partial<GatewayMeasurement> = {}): GatewayMeasurement => ({
  warmUp: { plain: run(1), sealed: run(1) },
  rounds: [1000, 4000, 2000].map((rps) => ({ plain: run(rps), sealed: run(rps / 2) })),
  setup: { connections: 16, rounds: 3, warmupMs: 1, measureMs: 2, cores: 2 },
  requestBytes: 10,
  answerBytes: 5,
  agent: { opened: 400, requestBytes: 4000, answered: 400, cancelled: 0 },
  gatewayJobs: { served: 400 },
  ...overrides,
});

test('figures are medians of the rounds, the ratio that of the ratios within a round', () => {
  const { figures, ok } = gatewayReport(measurement());
  expect(ok).toBe(true);
  expect(figures).toMatchObject({
    rounds: 3,
    plain: { rps: 2000, requestsPerRelayCpuSecond: 4000, relayCores: 0.5 },
    sealed: { rps: 1000 },
    ratio: 0.5,
    ratioPerRelayCpuSecond: 0.5,
    goal: 0.45,
    met: true,
    dropped: 0,
  });
});

test('a ratio below the goal is not ok', () => {
  const rounds = [{ plain: run(1000), sealed: run(440) }];
  const report = gatewayReport(measurement({ rounds, agent: agentOf(200), gatewayJobs: { served: 200 } }));
  expect([report.ok, report.figures]).toEqual([false, expect.objectContaining({ ratio: 0.44, dropped: 0 })]);
});

const agentOf = (jobs: number) => ({ opened: jobs, requestBytes: 10 * jobs, answered: jobs, cancelled: 0 });
const sealedRound = (overrides: Partial<LoadRun>) => ({
  warmUp: { plain: run(1), sealed: run(1, overrides) },
});

test.each<[string, Partial<GatewayMeasurement>]>([
  ['a request that stayed without an answer', sealedRound({ answered: 99 })],
  ['a wrong answer', sealedRound({ failures: { 'an answer with other bytes': 1 } })],
  ['a job that the home never saw', { agent: { ...agentOf(400), opened: 399 } }],
  ['a job that the home saw twice', { agent: { ...agentOf(400), opened: 401 } }],
  ['a job that the home did not answer', { agent: { ...agentOf(400), answered: 399 } }],
  ['a cancelled job', { agent: { ...agentOf(400), cancelled: 1 } }],
  ['a byte of a request that got lost', { agent: { ...agentOf(400), requestBytes: 3999 } }],
  ['a job that the gateway calls failed', { gatewayJobs: { served: 400, failed: 1 } }],
  ['a job that the gateway does not know', { gatewayJobs: { served: 399 } }],
])('%s counts as dropped and is not ok', (_what, overrides) => {
  const report = gatewayReport(measurement(overrides));
  expect([report.ok, report.figures]).toEqual([false, expect.objectContaining({ dropped: 1 })]);
  expect(report.text).toContain('DROPPED 1');
});

test('where the system does not tell CPU time, the figure is null and the rest stands', () => {
  const { relayCpuSeconds: _, ...untimed } = run(1000);
  const rounds = [{ plain: untimed as LoadRun, sealed: untimed as LoadRun }];
  const { figures } = gatewayReport(
    measurement({ rounds, agent: agentOf(200), gatewayJobs: { served: 200 } }),
  );
  expect(figures).toMatchObject({
    plain: { rps: 1000, requestsPerRelayCpuSecond: null, relayCores: null },
    ratioPerRelayCpuSecond: null,
  });
});
