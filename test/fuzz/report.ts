import type { FuzzReport } from './evidence/fuzz.ts';

const mebibyte = 1024 * 1024;

/** The figures of a run for people. */
export function reportText(report: FuzzReport, seed: number, seconds: number): string {
  const { runs, seeds, byTarget, findings, slowestMs, slowestIndex, peakRssBytes, heapGrowthBytes } = report;
  const rows = Object.entries(byTarget).map(([target, { cases, refused, parsed, accepted, unchanged }]) =>
    [
      target.padEnd(24),
      ...[cases, refused, parsed, accepted, unchanged].map((figure) => String(figure).padStart(9)),
    ].join(''),
  );
  return [
    `${runs} cases from ${seeds} seeds in ${seconds.toFixed(0)} s; seed ${seed}`,
    '',
    `${'target'.padEnd(24)}    cases  refused   parsed unsigned unchanged`,
    ...rows,
    '',
    ...findings.map(
      ({ index, target, seedName, problem, detail }) =>
        `${problem}: case ${index}, ${target}, ${seedName}: ${detail}`,
    ),
    `${findings.length} findings; slowest case ${slowestMs.toFixed(0)} ms (${slowestIndex}); peak memory ${(peakRssBytes / mebibyte).toFixed(0)} MiB, live heap grew by ${(heapGrowthBytes / mebibyte).toFixed(1)} MiB`,
    '"unsigned": accepted, changed only where nobody signs, and every signed part compared equal',
    '',
  ].join('\n');
}
