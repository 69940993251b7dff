import type { BenchReport } from '../bench.ts';
import { median, rounded } from '../statistics.ts';

/** Wall-clock time, and processor time of the whole process. */
interface Spent {
  readonly ms: number;
  readonly cpuMs: number;
}

export interface SideFigures {
  readonly streams: number;
  readonly tokens: number;
  readonly rounds: readonly { readonly bare: Spent; readonly enclave: Spent }[];
  /** Answers that were not those of the bare side. */
  readonly differing: number;
}

/** design/quality.md */
const GOALS = { ratio: 0.97, addedUsPerToken: 50, slowMsPerToken: 10 };

const method =
  'Each round generates the same tokens on both sides, which side first alternates; one round warms up. The ratio is the ' +
  'median over rounds of bare time over enclave time; what the tiny model adds is the median over rounds of (enclave time - ' +
  'bare time) / tokens of all streams, everything a job costs included. Each job is of an order of its own, so nothing is cached. Answers are opened and compared ' +
  'with the bare text afterwards; the bare side has the library’s own scheduler and batch size, as whoever uses it gets them.';

export function inferenceReport(measured: {
  readonly slow: readonly SideFigures[];
  readonly tiny: readonly SideFigures[];
  readonly cores: number;
}): BenchReport {
  const slow = measured.slow.map(rowOf);
  const tiny = measured.tiny.map(rowOf);
  const differing = [...slow, ...tiny].reduce((sum, row) => sum + row.differing, 0);
  const msPerToken = slow[0]?.bareMsPerToken ?? 0;
  const goals = [
    ...slow.map(({ streams, ratio }) => ({
      goal: `slow model, ${streams} streams: at least ${GOALS.ratio} of bare node-llama-cpp`,
      value: ratio,
      met: ratio >= GOALS.ratio,
    })),
    ...tiny.map(({ streams, addedUsPerToken }) => ({
      goal: `tiny model, ${streams} streams: at most ${GOALS.addedUsPerToken} µs a token added`,
      value: addedUsPerToken,
      met: addedUsPerToken <= GOALS.addedUsPerToken,
    })),
    {
      goal: `the slow model takes at least ${GOALS.slowMsPerToken} ms a token`,
      value: msPerToken,
      met: msPerToken >= GOALS.slowMsPerToken,
    },
    { goal: 'every answer is the bare one', value: differing, met: differing === 0 },
  ];
  const lines = [
    ...slow.map((row) => `slow  ${lineOf(row)}`),
    ...tiny.map((row) => `tiny  ${lineOf(row)}`),
    ...goals.map(({ goal, value, met }) => `${met ? 'met   ' : 'MISSED'} ${goal}: ${value}`),
  ];
  const figures = { slow, tiny, goals, differing, cores: measured.cores, method };
  return { figures, text: `${lines.join('\n')}\n`, ok: goals.every(({ met }) => met) };
}

function rowOf({ streams, tokens, rounds, differing }: SideFigures) {
  const all = streams * tokens;
  const medianOf = (pick: (round: SideFigures['rounds'][number]) => number) =>
    rounded(median(rounds.map(pick)));
  return {
    streams,
    tokensPerStream: tokens,
    rounds: rounds.length,
    bareTokensPerSecond: medianOf(({ bare }) => (1000 * all) / bare.ms),
    enclaveTokensPerSecond: medianOf(({ enclave }) => (1000 * all) / enclave.ms),
    bareMsPerToken: medianOf(({ bare }) => bare.ms / tokens),
    ratio: medianOf(({ bare, enclave }) => bare.ms / enclave.ms),
    addedUsPerToken: medianOf(({ bare, enclave }) => (1000 * (enclave.ms - bare.ms)) / all),
    cpuRatio: medianOf(({ bare, enclave }) => bare.cpuMs / enclave.cpuMs),
    addedCpuUsPerToken: medianOf(({ bare, enclave }) => (1000 * (enclave.cpuMs - bare.cpuMs)) / all),
    differing,
  };
}

const lineOf = (row: ReturnType<typeof rowOf>): string =>
  `${String(row.streams).padStart(2)} streams: ${row.enclaveTokensPerSecond} tokens/s, bare ${row.bareTokensPerSecond}, ratio ${row.ratio}, ${row.addedUsPerToken} µs a token added`;
