import type { HomeConfig } from '../config/home-config.ts';
import { plainEnvironment, startNode } from '../supervisor/child-process.ts';
import { enclaveArgs } from './run.ts';
import { stopSignal } from './stop-signal.ts';

/** `hearth-agent enclave`: the enclave in a process of its own, which runs measured files only. */
export async function runEnclave(
  config: HomeConfig,
  options: { readonly configPath: string; readonly exitWithStdin: boolean },
): Promise<number> {
  const child = startNode({
    args: enclaveArgs(config, options),
    endsWithStdin: false,
    env: plainEnvironment(process.env),
  });
  const signal = stopSignal(options.exitWithStdin);
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  const why = await child.ended;
  return why === 'exit code 0' ? 0 : 1;
}
