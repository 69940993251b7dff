import { median, rounded } from '../statistics.ts';
import type { LoadRun, TargetName } from './load-run.ts';
import { lossesOf, type RelayMeasurement, type RelayRun } from './losses.ts';
import { atLeast, atMost, type Section } from './section.ts';

/** design/quality.md */
const GOALS = { ofPlain: 0.45, timesPortkey: 4 };
const TARGETS: readonly TargetName[] = ['plain', 'sealed', 'portkey'];

const method =
  'Requests and answers are as long on every side, and on the plain and the sealed one the same bytes; the same cores, one ' +
  'busy process each for load generator, relay and far end (plain and Portkey: http upstream; sealed: home on a WebSocket). ' +
  'The gateway checks API key and lease and counts jobs; Postgres and chain run beside it. Portkey is npm ' +
  '@portkey-ai/gateway as it comes, with JSON of a chat. Not in it: leases, inference, receipts. Figures are medians of the ' +
  'rounds; ratios are medians of those within a round; per core: for each second of CPU time of the relay; latencies are the client’s, in a ' +
  'closed loop at full load.';

export function relayReport(measured: RelayMeasurement): Section {
  const rows = measured.setup.streams.map((streams) => rowOf(measured.runs, streams));
  const losses = lossesOf(measured);
  const dropped = Object.values(losses).reduce((sum, count) => sum + count, 0);
  const goals = [
    ...rows.flatMap(({ streams, perCore }) => [
      atLeast(
        `sealed relay over the plain proxy's requests/s per core, ${streams} streams:`,
        perCore.ofPlain,
        GOALS.ofPlain,
      ),
      atLeast(
        `sealed relay over Portkey's requests/s per core, ${streams} streams:`,
        perCore.timesPortkey,
        GOALS.timesPortkey,
      ),
    ]),
    atMost('relay: requests, jobs or bytes dropped:', dropped, 0),
  ];
  const { setup, requestBytes, answerBytes } = measured;
  return {
    figures: { rows, dropped, losses, setup: { ...setup, requestBytes, answerBytes }, method },
    lines: [
      ...rows.flatMap((row) => TARGETS.map((target) => lineOf(row.streams, target, row[target]))),
      ...(dropped === 0 ? [] : [`DROPPED ${dropped}: ${JSON.stringify(losses)}`]),
    ],
    goals,
  };
}

function rowOf(runs: readonly RelayRun[], streams: number) {
  const counted = runs.filter((run) => run.streams === streams && run.round > 0);
  const of = (target: TargetName) => counted.filter((run) => run.target === target);
  const [plain, sealed, portkey] = [of('plain'), of('sealed'), of('portkey')];
  const [plainSide, sealedSide, portkeySide] = [sideOf(plain), sideOf(sealed), sideOf(portkey)];
  return {
    streams,
    rounds: sealed.length,
    plain: plainSide,
    sealed: sealedSide,
    portkey: portkeySide,
    ofPlain: ratio(sealed, plain, ({ rps }) => rps),
    timesPortkey: ratio(sealed, portkey, ({ rps }) => rps),
    perCore: {
      ofPlain: ratio(sealed, plain, perCoreOf),
      timesPortkey: ratio(sealed, portkey, perCoreOf),
    },
  };
}

/** Requests that a whole core would carry; with one stream no relay has one to do. Where the system tells no CPU time, those carried. */
const perCoreOf = ({ measured, relayCpuSeconds, rps }: RelayRun): number =>
  relayCpuSeconds === undefined ? rps : measured / relayCpuSeconds;

/** Round by round, since what else the machine does changes. */
function ratio(
  ours: readonly RelayRun[],
  theirs: readonly RelayRun[],
  of: (run: RelayRun) => number,
): number {
  const ratios = ours.map((run) => {
    const beside = theirs.find(({ round }) => round === run.round);
    return beside === undefined ? 0 : of(run) / of(beside);
  });
  return rounded(median(ratios), 3);
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

function sideOf(runs: readonly LoadRun[]): SideFigures {
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

const lineOf = (streams: number, target: TargetName, side: SideFigures): string =>
  `${String(streams).padStart(2)} streams  ${target.padEnd(8)} ${side.rps.toFixed().padStart(6)} requests/s   ` +
  `p50 ${side.p50Ms} ms   p99 ${side.p99Ms} ms   ` +
  `${side.requestsPerRelayCpuSecond?.toFixed() ?? '?'} requests per CPU second of the relay`;
