import type { WireReport } from './fuzz.ts';

/** The figures of a run for people. */
export function wireReportText(
  { runs, byKind, codes, findings }: WireReport,
  seed: number,
  seconds: number,
): string {
  const rows = Object.entries(byKind).map(([kind, { cases, refused, unchanged }]) =>
    [kind.padEnd(30), ...[cases, refused, unchanged].map((figure) => String(figure).padStart(10))].join(''),
  );
  return [
    `${runs} sealed jobs and answers bent on their way in ${seconds.toFixed(0)} s; seed ${seed}`,
    '',
    `${'kind'.padEnd(30)}     cases   refused unchanged`,
    ...rows,
    '',
    `requests refused as: ${Object.entries(codes)
      .map(([code, count]) => `${code} ${count}`)
      .join(', ')}`,
    ...findings.map(({ index, kind, problem }) => `FINDING case ${index}, ${kind}: ${problem}`),
    `${findings.length} findings`,
    '',
  ].join('\n');
}
