import { percentile } from '../statistics.ts';
import type { Sample } from './samples.ts';
import type { Verifier } from './verifiers.ts';

/** One verifier over some samples. */
export interface Timing {
  readonly wallMs: readonly number[];
  readonly cpuMs: number;
  /** Samples that were not accepted; all of them are good. */
  readonly refused: number;
}

export interface Comparison {
  readonly ours: Timing;
  readonly theirs: Timing;
}

/** Both verifiers over the same samples in turns, first one and then the other beginning a turn. */
export function compare(
  samples: readonly Sample[],
  ours: Verifier,
  theirs: Verifier,
  batch: number,
): Comparison {
  const turns: { ours: Timing[]; theirs: Timing[] } = { ours: [], theirs: [] };
  for (let start = 0; start < samples.length; start += batch) {
    const some = samples.slice(start, start + batch);
    const oursFirst = (start / batch) % 2 === 0;
    if (oursFirst) turns.ours.push(time(some, ours));
    turns.theirs.push(time(some, theirs));
    if (!oursFirst) turns.ours.push(time(some, ours));
  }
  return { ours: joined(turns.ours), theirs: joined(turns.theirs) };
}

function time(samples: readonly Sample[], verify: Verifier): Timing {
  const wallMs: number[] = [];
  let refused = 0;
  const cpuBefore = process.cpuUsage();
  for (const sample of samples) {
    const start = performance.now();
    const accepted = verify(sample);
    wallMs.push(performance.now() - start);
    if (!accepted) refused += 1;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000, refused };
}

function joined(timings: readonly Timing[]): Timing {
  return {
    wallMs: timings.flatMap(({ wallMs }) => wallMs),
    cpuMs: timings.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    refused: timings.reduce((sum, { refused }) => sum + refused, 0),
  };
}

export function p50(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5);
}
