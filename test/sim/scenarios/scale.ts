import { type ScaleSetup, ScaleWorld } from '../scale/scale-world.ts';
import type { Scenario } from '../scenario.ts';

const worlds = (seed: number, small: boolean): ScaleSetup[] => {
  const [million, killed] = small ? [600, 300] : [1_000_000, 100_000];
  const requestsPerSecond = small ? 40 : 2_000;
  return [
    { seed, homes: million, simulatedMs: small ? 5_000 : 90_000, requestsPerSecond, killedShare: 0 },
    { seed, homes: killed, simulatedMs: small ? 10_000 : 200_000, requestsPerSecond, killedShare: 0.3 },
  ];
};

interface ScalePart extends ScaleSetup {
  /** Runs again to show that the same seed leaves the same trace. */
  readonly isRepeat: boolean;
}

interface ScaleResult {
  readonly figures: ScaleWorld['figures'] & { readonly events: number; readonly traceHash: string };
  readonly timing: {
    readonly setUpMs: number;
    readonly wallMs: number;
    readonly cpuMs: number;
    readonly rssMiB: number;
  };
}

function runScale(part: ScalePart, tell: (progress: string) => void): ScaleResult {
  const startedAt = performance.now();
  const world = new ScaleWorld(part);
  const readyAt = performance.now();
  const usedBefore = process.threadCpuUsage();
  tell(`${part.homes} homes stand after ${((readyAt - startedAt) / 1_000).toFixed(1)} s`);
  world.run();
  const { user, system } = process.threadCpuUsage(usedBefore);
  const wallMs = performance.now() - readyAt;
  tell(`${part.simulatedMs / 1_000} s of them after ${(wallMs / 1_000).toFixed(1)} s`);
  return {
    figures: {
      ...world.figures,
      events: world.simulation.events,
      traceHash: world.simulation.trace.digest(),
    },
    timing: {
      setUpMs: Math.round(readyAt - startedAt),
      wallMs: Math.round(wallMs),
      cpuMs: Math.round((user + system) / 1_000),
      rssMiB: Math.round(process.memoryUsage().rss / 1024 ** 2),
    },
  };
}

export const scaleScenario: Scenario<ScalePart, ScaleResult> = {
  defaultSeeds: 1,
  isTimed: true,
  parts: ({ seed, seeds, small }) =>
    Array.from({ length: seeds }, (_, i) => worlds(seed + i, small))
      .flat()
      .flatMap((world) => [false, true].map((isRepeat) => ({ ...world, isRepeat }))),
  run: runScale,
  report: (found) => {
    const runs = found.map(({ part, result }) => ({ ...part, ...result.figures }));
    const timings = found.map(({ part, result: { timing } }) => ({
      ...timing,
      factor: part.simulatedMs / timing.wallMs,
      factorOfCpu: part.simulatedMs / timing.cpuMs,
    }));
    const first = (of: (typeof runs)[number]) =>
      runs.find(({ homes, seed }) => homes === of.homes && seed === of.seed);
    const isSameTrace = runs.every((run) => run.traceHash === first(run)?.traceHash);
    return {
      ok: isSameTrace,
      figures: { isSameTrace, runs, timings },
      text: [
        'homes    killed  simulated     wall  factor  of CPU  requests     sold     done   moved  gave up    lost  tables  ejected    events    memory  trace',
        ...runs.map((run, i) => {
          const { wallMs = 0, factor = 0, factorOfCpu = 0, rssMiB = 0 } = timings[i] ?? {};
          return [
            String(run.homes).padEnd(8),
            String(run.killed).padStart(6),
            `${run.simulatedMs / 1_000} s`.padStart(10),
            `${(wallMs / 1_000).toFixed(1)} s`.padStart(8),
            `×${factor.toFixed(1)}`.padStart(7),
            `×${factorOfCpu.toFixed(1)}`.padStart(7),
            ...[run.requests, run.sold, run.done].map((count) => String(count).padStart(8)),
            String(run.moved).padStart(7),
            String(run.gaveUp).padStart(8),
            String(run.lost).padStart(7),
            String(run.tables).padStart(7),
            String(run.ejections).padStart(8),
            String(run.events).padStart(9),
            `${rssMiB} MiB`.padStart(9),
            ` ${run.traceHash.slice(0, 12)}`,
          ].join(' ');
        }),
        'factor: simulated time over time on the wall, and over CPU time of the one thread; standing up the asks comes before it',
        isSameTrace ? 'the same seed left the same trace' : 'THE SAME SEED LEFT DIFFERENT TRACES',
        '',
      ].join('\n'),
    };
  },
};
