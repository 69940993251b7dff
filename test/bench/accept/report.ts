import type { AcceptLoad } from '../accept.ts';
import type { BenchReport } from '../bench.ts';
import { percentile, rounded } from '../statistics.ts';
import type { Sought } from './lease-seekers.ts';

export interface AcceptFacts {
  readonly load: AcceptLoad;
  readonly sought: readonly Sought[];
  readonly setUpSeconds: number;
  readonly homes: number;
  readonly linkedAtEnd: number;
  /** ACCEPTs that homes have signed. */
  readonly accepts: number;
  /** By process, while the requests ran. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly cores: number;
}

export function acceptReport({ load, sought, cpuSeconds, ...facts }: AcceptFacts): BenchReport {
  const counted = sought.filter(({ isWarmUp }) => !isWarmUp);
  const granted = sought.filter(({ grantedMs }) => grantedMs !== undefined).length;
  const failures = countsOf(sought.flatMap(({ failure }) => failure ?? []));
  const latencies = {
    requestToAcceptMs: quantiles(counted.flatMap(({ acceptedMs }) => acceptedMs ?? [])),
    requestToHeardMs: quantiles(counted.flatMap(({ heardMs }) => heardMs ?? [])),
    requestToGrantMs: quantiles(counted.flatMap(({ grantedMs }) => grantedMs ?? [])),
    ofWhichCheckpointMs: quantiles(counted.flatMap(({ citedMs }) => (Number.isNaN(citedMs) ? [] : citedMs))),
  };
  const isWhole = granted === sought.length && facts.linkedAtEnd === facts.homes && facts.accepts >= granted;
  const lookedAgain = sought.filter(({ looks }) => looks > 1).length;
  const cpuMsPerRequest = Object.fromEntries(
    Object.entries(cpuSeconds).map(([process, seconds]) => [
      process,
      rounded((seconds * 1000) / sought.length),
    ]),
  );
  const figures = {
    ...load,
    ...latencies,
    cpuMsPerRequest,
    requests: sought.length,
    lookedAgain,
    granted,
    failures,
    ...facts,
    ok: isWhole,
  };
  const line = (name: string, { p50, p99, max }: Quantiles) =>
    `  ${name.padEnd(26)} p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms\n`;
  const text =
    `${load.requestsPerSecond} lease requests a second for ${load.seconds} s, ${facts.linkedAtEnd} of ${facts.homes} homes linked\n` +
    line('request to ACCEPT', latencies.requestToAcceptMs) +
    line('request to ACCEPT heard', latencies.requestToHeardMs) +
    line('request to grant', latencies.requestToGrantMs) +
    line('of which: checkpoint', latencies.ofWhichCheckpointMs) +
    `  CPU per request: ${Object.entries(cpuMsPerRequest)
      .map(([process, ms]) => `${process} ${ms} ms`)
      .join(', ')}\n` +
    `  ${granted} of ${sought.length} granted, ${lookedAgain} of them not at the first look${Object.entries(
      failures,
    )
      .map(([failure, count]) => `; ${count} × ${failure}`)
      .join('')}\n`;
  return { figures, text, ok: isWhole };
}

type Quantiles = ReturnType<typeof quantiles>;

function quantiles(values: readonly number[]) {
  if (values.length === 0) return { p50: null, p99: null, max: null };
  const sorted = Float64Array.from(values).sort();
  const at = (fraction: number) => rounded(percentile(sorted, fraction));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
