import type { BenchReport } from '../bench.ts';
import { rounded } from '../statistics.ts';
import { type Comparison, p50 } from './measure.ts';
import type { KindFigures } from './vectors.ts';

/** design/quality.md. */
const GOALS = { cold: 2, cached: 8 };

const method =
  'Simulated TDX v4 quotes with full collateral under roots given to both verifiers, in one process, in turns. Cold: ' +
  'every sample has a vendor, a machine and collateral of its own, and nothing is kept between samples; no signature ' +
  'occurs twice, so remembered signatures cannot help. Cached: machines of one model with one set of collateral, ' +
  'verified once before; chain, QE report and quote are new each time. npm dcap-qvl has no cache and does the whole ' +
  'work both times. All quotes are of one release. ratio = p50 of theirs over p50 of ours; ratioCpu compares the CPU ' +
  'time of the process, which is steadier where others share the cores.';

export interface Measured {
  readonly cold: Comparison;
  readonly cached: Comparison;
  readonly signatures: { readonly total: number; readonly distinct: number };
  /** Damaged quotes that were accepted, by any of the verifiers of ours. */
  readonly damagedAccepted: number;
  readonly damagedJudged: number;
  /** Undefined where the shared vectors are not. */
  readonly vectors: { readonly judged: number; readonly wrong: readonly string[] } | undefined;
  readonly otherFormats: readonly KindFigures[];
  readonly cores: number;
}

export function evidenceReport(measured: Measured): BenchReport {
  const cold = figuresOf(measured.cold, GOALS.cold);
  const cached = figuresOf(measured.cached, GOALS.cached);
  const { signatures, damagedAccepted, damagedJudged, vectors } = measured;
  const wrong =
    measured.cold.ours.refused +
    measured.cached.ours.refused +
    damagedAccepted +
    (vectors?.wrong.length ?? 0) +
    (signatures.total - signatures.distinct);
  const figures = {
    cold,
    cached,
    wrong,
    checks: {
      goodRefused: measured.cold.ours.refused + measured.cached.ours.refused,
      goodRefusedByDcapQvl: measured.cold.theirs.refused + measured.cached.theirs.refused,
      damagedAccepted,
      damagedJudged,
      vectors: vectors ?? 'not here',
      coldSignatures: signatures,
    },
    otherFormats: measured.otherFormats,
    cores: measured.cores,
    method,
  };
  return { figures, text: textOf(figures), ok: cold.met && cached.met && wrong === 0 };
}

interface ComparisonFigures {
  readonly samples: number;
  readonly oursP50Ms: number;
  readonly dcapQvlP50Ms: number;
  readonly ratio: number;
  readonly ratioCpu: number;
  readonly goal: number;
  readonly met: boolean;
}

function figuresOf({ ours, theirs }: Comparison, goal: number): ComparisonFigures {
  const ratio = rounded(p50(theirs.wallMs) / p50(ours.wallMs), 3);
  return {
    samples: ours.wallMs.length,
    oursP50Ms: rounded(p50(ours.wallMs)),
    dcapQvlP50Ms: rounded(p50(theirs.wallMs)),
    ratio,
    ratioCpu: rounded(theirs.cpuMs / ours.cpuMs, 3),
    goal,
    met: ratio >= goal,
  };
}

function textOf(figures: {
  readonly cold: ComparisonFigures;
  readonly cached: ComparisonFigures;
  readonly wrong: number;
  readonly otherFormats: readonly KindFigures[];
}): string {
  const line = (name: string, side: ComparisonFigures): string =>
    `${name.padEnd(8)} ours ${side.oursP50Ms} ms, dcap-qvl ${side.dcapQvlP50Ms} ms (p50 of ${side.samples}): ` +
    `${side.ratio} × faster, by CPU time ${side.ratioCpu} ×; goal ${side.goal} × ${side.met ? 'met' : 'MISSED'}\n`;
  const others = figures.otherFormats.map(
    ({ kind, entries, firstP50Ms, againP50Ms }) =>
      `${kind}: ${firstP50Ms} ms the first time, ${againP50Ms} ms again (p50 of ${entries} vectors)\n`,
  );
  return `${line('cold', figures.cold)}${line('cached', figures.cached)}${others.join('')}wrong verdicts: ${figures.wrong}\n`;
}
