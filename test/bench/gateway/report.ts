import type { BenchReport } from '../bench.ts';
import { median, rounded } from '../statistics.ts';
import type { LoadRun } from './load-run.ts';
import { type GatewayMeasurement, lossesOf } from './losses.ts';

/** Share of the plain proxy's requests per second (design/quality.md). */
const GOAL = 0.45;

const method =
  'Both sides: the same request and answer bytes, the same cores, one busy process each for load generator, relay and ' +
  'far end (plain: http upstream; sealed: home on a WebSocket). The gateway checks API key and lease and counts jobs; ' +
  'Postgres and chain run beside it. Not in it: leases, inference, receipts. Figures are medians of the rounds; ratio ' +
  'is the median of the ratios within a round; latencies are the client’s, in a closed loop at full load.';

export function gatewayReport(measured: GatewayMeasurement): BenchReport {
  const { rounds, setup } = measured;
  const ratio = rounded(median(rounds.map((round) => round.sealed.rps / round.plain.rps)), 3);
  const losses = lossesOf(measured);
  const dropped = Object.values(losses).reduce((sum, count) => sum + count, 0);
  const plain = sideFigures(rounds.map((round) => round.plain));
  const sealed = sideFigures(rounds.map((round) => round.sealed));
  const figures = {
    rounds: rounds.length,
    plain,
    sealed,
    ratio,
    ratioPerRelayCpuSecond: quotient(sealed.requestsPerRelayCpuSecond, plain.requestsPerRelayCpuSecond),
    goal: GOAL,
    met: ratio >= GOAL,
    dropped,
    losses,
    perRound: rounds.map((round) => ({
      plainRps: rounded(round.plain.rps),
      sealedRps: rounded(round.sealed.rps),
      ratio: rounded(round.sealed.rps / round.plain.rps, 3),
    })),
    setup: { ...setup, requestBytes: measured.requestBytes, answerBytes: measured.answerBytes },
    method,
  };
  return { figures, text: textOf(figures), ok: figures.met && dropped === 0 };
}

/** Steadier than `ratio` where other work shares the cores. */
function quotient(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null ? null : rounded(dividend / divisor, 3);
}

interface SideFigures {
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  /** Requests per second of CPU time of the relay process alone; null where the system does not tell. */
  readonly requestsPerRelayCpuSecond: number | null;
  /** Share of one core that the relay process used. */
  readonly relayCores: number | null;
}

function sideFigures(runs: readonly LoadRun[]): SideFigures {
  const cpu = runs.flatMap(({ relayCpuSeconds, measured, seconds }) =>
    relayCpuSeconds === undefined
      ? []
      : [{ perSecond: measured / relayCpuSeconds, cores: relayCpuSeconds / seconds }],
  );
  const medianOf = (pick: (run: LoadRun) => number) => rounded(median(runs.map(pick)));
  return {
    rps: medianOf(({ rps }) => rps),
    p50Ms: medianOf(({ p50Ms }) => p50Ms),
    p99Ms: medianOf(({ p99Ms }) => p99Ms),
    requests: runs.reduce((sum, { measured }) => sum + measured, 0),
    requestsPerRelayCpuSecond:
      cpu.length === 0 ? null : rounded(median(cpu.map(({ perSecond }) => perSecond))),
    relayCores: cpu.length === 0 ? null : rounded(median(cpu.map(({ cores }) => cores)), 3),
  };
}

function textOf(figures: {
  plain: SideFigures;
  sealed: SideFigures;
  ratio: number;
  met: boolean;
  dropped: number;
  losses: object;
}): string {
  const { plain, sealed, ratio, met, dropped, losses } = figures;
  const line = (name: string, side: SideFigures) =>
    `${name.padEnd(12)} ${side.rps.toFixed().padStart(6)} requests/s   p50 ${side.p50Ms} ms   p99 ${side.p99Ms} ms   ` +
    `${side.requestsPerRelayCpuSecond?.toFixed() ?? '?'} requests per CPU second of the relay\n`;
  const verdict = `ratio ${ratio}, goal ${GOAL}: ${met ? 'met' : 'MISSED'}\n`;
  const lost = dropped === 0 ? 'nothing dropped\n' : `DROPPED ${dropped}: ${JSON.stringify(losses)}\n`;
  return `${line('plain proxy', plain)}${line('sealed relay', sealed)}${verdict}${lost}${method}\n`;
}
