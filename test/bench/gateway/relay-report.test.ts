import { expect, test } from '@jest/globals';
import type { TargetName } from './load-run.ts';
import type { RelayMeasurement, RelayRun } from './losses.ts';
import { relayReport } from './relay-report.ts';

const run = (
  target: TargetName,
  round: number,
  rps: number,
  overrides: Partial<RelayRun> = {},
): RelayRun => ({
  target,
  round,
  streams: 8,
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

const round = (index: number, rps: number, overrides: Partial<RelayRun> = {}): RelayRun[] => [
  run('plain', index, rps),
  run('sealed', index, rps / 2, overrides),
  run('portkey', index, rps / 10),
];
const runs = (overrides: Partial<RelayRun> = {}) => [
  ...round(0, 1, overrides),
  ...round(1, 1000),
  ...round(2, 4000),
  ...round(3, 2000),
];
const agentOf = (jobs: number) => ({
  opened: jobs,
  requestBytes: 10 * jobs,
  answered: jobs,
  cancelled: 0,
  answerBytes: 5 * jobs,
});

const measurement = (overrides: Partial<RelayMeasurement> = {}): RelayMeasurement => ({
  runs: runs(),
  setup: { streams: [8], warmupMs: 1, measureMs: 2, cores: 2 },
  requestBytes: 10,
  answerBytes: 5,
  agent: agentOf(400),
  gatewayJobs: { served: 400 },
  ...overrides,
});

test('figures are medians of the rounds but the first, ratios those of the ratios within a round', () => {
  const { figures, goals } = relayReport(measurement());
  expect(figures).toMatchObject({
    rows: [
      {
        streams: 8,
        rounds: 3,
        plain: { rps: 2000, requestsPerRelayCpuSecond: 4000, relayCores: 0.5 },
        sealed: { rps: 1000 },
        ofPlain: 0.5,
        timesPortkey: 5,
        perCore: { ofPlain: 0.5, timesPortkey: 5 },
      },
    ],
    dropped: 0,
  });
  expect(goals.map(({ met }) => met)).toEqual([true, true, true]);
});

test('less than 0.45 of the plain proxy, or less than four times Portkey, misses a goal', () => {
  const slow = [run('plain', 1, 1000), run('sealed', 1, 440), run('portkey', 1, 120)];
  const { goals } = relayReport(
    measurement({ runs: slow, agent: agentOf(100), gatewayJobs: { served: 100 } }),
  );
  expect(goals.map(({ value, met }) => [value, met])).toEqual([
    [0.44, false],
    [3.67, false],
    [0, true],
  ]);
});

test.each<[string, Partial<RelayMeasurement>]>([
  ['a request that stayed without an answer', { runs: runs({ answered: 99 }) }],
  ['a wrong answer', { runs: runs({ failures: { 'an answer with other bytes': 1 } }) }],
  ['a job that the home never saw', { agent: { ...agentOf(400), opened: 399 } }],
  ['a job that the home saw twice', { agent: { ...agentOf(400), opened: 401 } }],
  ['a job that the home did not answer', { agent: { ...agentOf(400), answered: 399 } }],
  ['a cancelled job', { agent: { ...agentOf(400), cancelled: 1 } }],
  ['a byte of a request that got lost', { agent: { ...agentOf(400), requestBytes: 3999 } }],
  ['a job that the gateway calls failed', { gatewayJobs: { served: 400, failed: 1 } }],
  ['a job that the gateway does not know', { gatewayJobs: { served: 399 } }],
])('%s counts as dropped and misses the goal', (_what, overrides) => {
  const { goals, lines } = relayReport(measurement(overrides));
  expect(goals.at(-1)).toMatchObject({ value: 1, met: false });
  expect(lines.join('\n')).toContain('DROPPED 1');
});

test('where the system does not tell CPU time, the figure is null and the rest stands', () => {
  const untimed = runs().map(({ relayCpuSeconds: _, ...rest }) => rest as RelayRun);
  const { figures } = relayReport(measurement({ runs: untimed }));
  expect(figures).toMatchObject({
    rows: [
      { plain: { rps: 2000, requestsPerRelayCpuSecond: null }, perCore: { ofPlain: 0.5, timesPortkey: 5 } },
    ],
  });
});
