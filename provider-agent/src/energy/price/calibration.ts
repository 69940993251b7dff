/** One measured stretch of work at one operating point. */
export type CalibrationRun = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly seconds: number;
  /** Of these, what went by until the first tokens came. */
  readonly promptSeconds: number;
  readonly firstTokenMs: number;
  /** Of the whole node, from the best meter there is; undefined where there is none. */
  readonly joules: number | undefined;
};
type MeteredRun = CalibrationRun & { readonly joules: number };

export type CalibrationKey = {
  readonly modelDigest: string;
  readonly slots: number;
  readonly powerCapW: number | undefined;
};

/** Half width of the interval in which the value lies with 95 %. */
export type Estimate = { readonly mean: number; readonly plusMinus: number };

export type CalibrationRow = CalibrationKey & {
  readonly runs: number;
  readonly tokensPerSecond: Estimate;
  readonly inputTokensPerSecond: Estimate;
  readonly firstTokenP95Ms: number;
  /** Undefined: the node was not metered. */
  readonly energy:
    | {
        readonly watts: Estimate;
        readonly joulesPerInputToken: number;
        readonly joulesPerOutputToken: number;
      }
    | undefined;
};

/** Fewer say too little. */
export const LEAST_RUNS = 5;
const DRIFT = 0.15;

/**
 * A row of the table: speed and power with their spread, and joules per token by least squares over runs with different
 * mixes of input and output, above what the node draws idle.
 *
 * @throws RangeError for fewer runs than `LEAST_RUNS`
 */
export function calibrate(
  key: CalibrationKey,
  runs: readonly CalibrationRun[],
  idleW: number,
): CalibrationRow {
  if (runs.length < LEAST_RUNS)
    throw new RangeError(`calibration: expected at least ${LEAST_RUNS} runs, got ${runs.length}`);
  return {
    ...key,
    runs: runs.length,
    tokensPerSecond: estimate(
      runs.map(({ outputTokens, seconds, promptSeconds }) => outputTokens / (seconds - promptSeconds)),
    ),
    inputTokensPerSecond: estimate(
      runs.map(({ inputTokens, promptSeconds }) => inputTokens / Math.max(promptSeconds, 1e-3)),
    ),
    firstTokenP95Ms: percentile95(runs.map(({ firstTokenMs }) => firstTokenMs)),
    energy: runs.every(isMetered) ? energyOf(runs, idleW) : undefined,
  };
}

const isMetered = (run: CalibrationRun): run is MeteredRun => run.joules !== undefined;

function energyOf(runs: readonly MeteredRun[], idleW: number): CalibrationRow['energy'] {
  const [joulesPerInputToken, joulesPerOutputToken] = joulesPerToken(runs, idleW);
  const watts = estimate(runs.map(({ joules, seconds }) => joules / seconds));
  return { watts, joulesPerInputToken, joulesPerOutputToken };
}

/** What jobs have cost lately against the table: more than 15 % off, and the table is measured again. */
export function hasDrifted(measuredJoules: number, expectedJoules: number): boolean {
  return expectedJoules > 0 && Math.abs(measuredJoules / expectedJoules - 1) > DRIFT;
}

/** Normal equations of joules ≈ in · eIn + out · eOut. Where the mixes do not differ, an input token costs a tenth of an output token. */
function joulesPerToken(runs: readonly MeteredRun[], idleW: number): [input: number, output: number] {
  let [ii, io, oo, ij, oj] = [0, 0, 0, 0, 0];
  for (const { inputTokens: i, outputTokens: o, joules, seconds } of runs) {
    const j = Math.max(0, joules - idleW * seconds);
    ii += i * i;
    io += i * o;
    oo += o * o;
    ij += i * j;
    oj += o * j;
  }
  const determinant = ii * oo - io * io;
  if (determinant > 1e-3 * ii * oo) {
    const input = (ij * oo - oj * io) / determinant;
    const output = (oj * ii - ij * io) / determinant;
    if (input >= 0 && output >= 0) return [input, output];
  }
  const weighted = runs.reduce(
    (sum, { inputTokens, outputTokens }) => sum + inputTokens / 10 + outputTokens,
    0,
  );
  const joules = runs.reduce((sum, run) => sum + Math.max(0, run.joules - idleW * run.seconds), 0);
  const output = joules / weighted;
  return [output / 10, output];
}

function estimate(values: readonly number[]): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, plusMinus: studentT95(values.length - 1) * Math.sqrt(variance / values.length) };
}

/** Two-sided 95 % quantile of Student's t; 2 is close enough beyond the table. */
function studentT95(degrees: number): number {
  const table = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13];
  return table[degrees - 1] ?? 2.05;
}

function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN;
}
