import type { BenchReport } from '../bench.ts';
import { type FirstTokens } from './first-token.ts';
import { firstTokenReport } from './first-token-report.ts';
import type { RelayMeasurement } from './losses.ts';
import { relayReport } from './relay-report.ts';
import { goalLine } from './section.ts';
import type { SlowReaders } from './slow-readers.ts';
import { slowReadersReport } from './slow-readers-report.ts';

export function gatewayReport(measured: {
  readonly relay: RelayMeasurement;
  readonly firstTokens: readonly FirstTokens[];
  readonly slowReaders: SlowReaders;
}): BenchReport {
  const sections = {
    relay: relayReport(measured.relay),
    firstToken: firstTokenReport(measured.firstTokens),
    slowReaders: slowReadersReport(measured.slowReaders),
  };
  const all = Object.values(sections);
  const goals = all.flatMap((section) => section.goals);
  const met = goals.every((goal) => goal.met);
  const figures = Object.fromEntries(Object.entries(sections).map(([name, { figures }]) => [name, figures]));
  const lines = [...all.flatMap((section) => section.lines), ...goals.map(goalLine)];
  return { figures: { ...figures, goals, met }, text: `${lines.join('\n')}\n`, ok: met };
}
