import { readFile } from 'node:fs/promises';
import { AgentError, messageOf } from '../agent-error.ts';
import type { HomeConfig } from '../config/home-config.ts';
import { loadCalibration } from '../energy/price/calibration-table.ts';
import { type WouldHave, wouldHave } from '../energy/service/would-have.ts';
import { parseTrace } from '../energy/trace/site-trace.ts';

/** Plays what `energy.traceFile` has recorded through this home's policy. */
export async function replayHome(config: HomeConfig, tracePath: string | undefined): Promise<WouldHave> {
  const { energy, dataDir, enclave } = config;
  const path = tracePath ?? energy?.traceFile;
  if (!energy || path === undefined)
    throw new AgentError('usage', 'replay: expected an energy section, and --trace FILE or energy.traceFile');
  const trace = await readFile(path, 'utf8')
    .then(parseTrace)
    .catch((cause: unknown) => {
      throw new AgentError('usage', `replay: ${path}: ${messageOf(cause)}`, { cause });
    });
  if (trace.length === 0) throw new AgentError('usage', `replay: ${path}: nothing is recorded in it`);
  return wouldHave(energy, await loadCalibration(dataDir, enclave.model.sha256), trace);
}

export function wouldHaveInWords(found: WouldHave): string {
  const hours = (found.toMs - found.fromMs) / 3_600_000;
  const kwh = (value: number) => `${value.toFixed(2)} kWh`;
  return [
    `In these ${hours.toFixed(1)} h the node would have worked ${found.hoursAtWork.toFixed(1)} h, started ${found.starts} times and stopped for safety ${found.safeStops} times.`,
    `It would have drawn ${kwh(found.nodeKwh)}: ${kwh(found.solarKwh)} of surplus, ${kwh(found.batteryKwh)} from the battery, ${kwh(found.importKwh)} imported; ${found.energyCost.toFixed(2)} ${found.currency} (estimated from the recorded meters).`,
    `Sold out all that time it would have made ${found.outputTokens.toLocaleString('en')} output tokens for ${found.mostUsd.toFixed(2)} USD at its ask; \`hearth-agent preview\` says how much of the market that ask would have won.`,
  ].join('\n');
}
