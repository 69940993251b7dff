const PPM = 1_000_000n;
const LOWEST_PPM = 500_000;
/** What a platform without any record is taken to have done: 9.7 of 10 jobs. */
const PRIOR_DONE_MILLI = 9_700;
const PRIOR_TRIALS_MILLI = 10_000;
/** About a thousand jobs are remembered; older ones fade, so that no record is for ever. */
const MEMORY_MILLI = 1_000_000;

/** Jobs in thousandths: done, and taken without a final receipt. */
export interface Trials {
  readonly doneMilli: number;
  readonly missedMilli: number;
}

export const noTrials: Trials = { doneMilli: 0, missedMilli: 0 };

/** Takes new jobs into a record and fades the old ones, rounding down. */
export function withTrials(record: Trials, done: number, missed: number): Trials {
  const doneMilli = record.doneMilli + 1_000 * done;
  const missedMilli = record.missedMilli + 1_000 * missed;
  const total = doneMilli + missedMilli;
  if (total <= MEMORY_MILLI) return { doneMilli, missedMilli };
  return { doneMilli: shareFloor(doneMilli, total), missedMilli: shareFloor(missedMilli, total) };
}

/**
 * `s⁴` with `s = (done + 9.7) / (done + missed + 10)`, in ppm, rounded down, at least one half: a node that fails one
 * job in ten competes as if it asked half as much again. Bigint throughout: `Math.pow` differs between engines.
 */
export function qualityPpmFloor({ doneMilli, missedMilli }: Trials): number {
  const successPpm =
    (BigInt(doneMilli + PRIOR_DONE_MILLI) * PPM) / BigInt(doneMilli + missedMilli + PRIOR_TRIALS_MILLI);
  return Math.max(LOWEST_PPM, Number(successPpm ** 4n / PPM ** 3n));
}

const shareFloor = (part: number, total: number): number =>
  Number((BigInt(part) * BigInt(MEMORY_MILLI)) / BigInt(total));
