import { messageOf } from '../agent-error.ts';
import { loadHomeConfig } from '../config/load-home-config.ts';
import { checkAgent } from './doctor/check-agent.ts';
import { checkChain } from './doctor/check-chain.ts';
import { checkEnergy } from './doctor/check-energy.ts';
import { checkFiles } from './doctor/check-files.ts';
import { checkGateways } from './doctor/check-gateways.ts';
import { checkGpu } from './doctor/check-gpu.ts';
import { checkLogin } from './doctor/check-login.ts';
import { checkMachine } from './doctor/check-machine.ts';
import { checkModels } from './doctor/check-model.ts';
import { type Finding, fail } from './doctor/finding.ts';

/** Everything that can be looked at from outside the running agent; changes nothing. */
export async function doctor(configPath: string): Promise<Finding[]> {
  const machine = await checkMachine();
  try {
    const config = await loadHomeConfig(configPath);
    const parts = await Promise.all([
      checkFiles(config),
      checkModels(config),
      checkGpu(config),
      checkChain(config),
      checkGateways(config, Date.now),
      checkLogin(config.dashboard, configPath),
      checkEnergy(config),
      checkAgent(config),
    ]);
    return [...machine, ...parts.flat()];
  } catch (error) {
    return [
      ...machine,
      fail('configuration', messageOf(error), `correct ${configPath}, or make one: hearth-agent init`),
    ];
  }
}

const signs = { ok: 'ok  ', note: 'note', fail: 'FAIL' } as const;

export function findingsInWords(findings: readonly Finding[]): string {
  const failures = findings.filter(({ result }) => result === 'fail').length;
  return [
    ...findings.flatMap(({ result, thing, found, fix }) => [
      `${signs[result]}  ${thing}: ${found}`,
      ...(fix ? [`        fix: ${fix}`] : []),
    ]),
    '',
    failures === 0
      ? 'Nothing stands in the way of earning.'
      : `${failures} of ${findings.length} things stand in the way.`,
  ].join('\n');
}
