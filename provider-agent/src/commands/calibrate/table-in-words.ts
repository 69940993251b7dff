import type { CalibrationTable } from '../../energy/price/calibration-table.ts';

/** The table as its owner reads it. */
export function tableInWords({ modelName, metered, rows }: CalibrationTable): string {
  const meter = metered
    ? `metered by ${metered.instrument}, ${round(metered.idleW, 1)} W without work`
    : 'not metered: speeds only';
  return [
    `${modelName} on this machine, ${meter}:`,
    ...rows.map(({ slots, tokensPerSecond, inputTokensPerSecond, firstTokenP95Ms, energy }) => {
      const speed = `${round(tokensPerSecond.mean, 1)} ± ${round(tokensPerSecond.plusMinus, 1)} tokens/s out, ${round(inputTokensPerSecond.mean, 0)} tokens/s in`;
      const joules = energy
        ? `; ${round(energy.watts.mean, 1)} ± ${round(energy.watts.plusMinus, 1)} W, ${round(energy.joulesPerOutputToken, 4)} J per output token, ${round(energy.joulesPerInputToken, 4)} J per input token`
        : '';
      return `  ${slots} ${slots === 1 ? 'job ' : 'jobs'} at a time: ${speed}; first token within ${round(firstTokenP95Ms, 0)} ms${joules}`;
    }),
  ].join('\n');
}

const round = (value: number, digits: number) => Number(value.toFixed(digits)).toLocaleString('en');
