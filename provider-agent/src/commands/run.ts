import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HomeConfig } from '../config/home-config.ts';
import { systemClock, systemRandom, systemTimers } from '../host/ports.ts';
import { plainEnvironment, startNode } from '../supervisor/child-process.ts';
import { endLeftover, rememberProcess } from '../supervisor/leftover-process.ts';
import { type ProcessName, supervise } from '../supervisor/supervisor.ts';
import { agentScript, enclaveScript } from './agent-paths.ts';
import { reporter } from './reporter.ts';
import { stopOnSignal } from './stop-on-signal.ts';

export type RunOptions = {
  readonly configPath: string;
  readonly json: boolean;
  readonly exitWithStdin: boolean;
};

/** `hearth-agent run`: both processes, restarted when they die; stopped in order, so that running jobs can finish. */
export async function runBoth(config: HomeConfig, options: RunOptions): Promise<void> {
  const report = reporter('agent', options.json);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const pidFile = join(config.dataDir, 'enclave.pid');
  if (await endLeftover(pidFile, config.enclave.socket))
    report('warning', 'ended an enclave process that a killed predecessor had left behind');

  await supervise(
    {
      start: (name) => {
        const child = startNode({
          args: name === 'host' ? hostArgs(options) : enclaveArgs(config, options),
          endsWithStdin: name === 'host',
          env: plainEnvironment(process.env),
        });
        if (name === 'enclave') void rememberProcess(pidFile, child.pid);
        return child;
      },
      report,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      finishJobsWithinMs: config.finishJobsWithinMs,
    },
    stopOnSignal(options.exitWithStdin),
  );
}

function hostArgs({ configPath, json }: RunOptions): string[] {
  const flags = ['--exit-with-stdin', ...(json ? ['--json'] : [])];
  return [...process.execArgv, agentScript, 'host' satisfies ProcessName, '--config', configPath, ...flags];
}

/** Flags are measured with the enclave, so it gets none of ours; from source it needs some to run at all. */
export function enclaveArgs(config: HomeConfig, { configPath }: Pick<RunOptions, 'configPath'>): string[] {
  const flags = enclaveScript.endsWith('.ts') ? process.execArgv : ['--disable-warning=ExperimentalWarning'];
  return [...flags, enclaveScript, '--config', configPath, '--socket', config.enclave.socket];
}
