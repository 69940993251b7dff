import type { BenchReport } from '../bench.ts';
import type { RelayMeasurement } from './losses.ts';
import { relayReport } from './relay-report.ts';
import { goalLine } from './section.ts';

export function gatewayReport(measured: RelayMeasurement): BenchReport {
  const { figures, lines, goals } = relayReport(measured);
  const met = goals.every((goal) => goal.met);
  const text = `${[...lines, ...goals.map(goalLine)].join('\n')}\n`;
  return { figures: { ...figures, goals, met }, text, ok: met };
}
