import type { HomeConfig } from '../config/home-config.ts';
import { plainEnvironment, startNode } from '../supervisor/child-process.ts';
import { enclaveArgs } from './run.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/**
 * `hearth-agent enclave`: becomes the enclave process. Everything of ours that is not measured is gone from memory
 * then, and whoever started us has the enclave's own pid.
 */
export async function runEnclave(
  config: HomeConfig,
  options: { readonly configPath: string },
): Promise<number> {
  const args = enclaveArgs(config, options);
  const env = plainEnvironment(process.env);
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.removeAllListeners('warning'); // execve(2) is "experimental" in Node, which is nobody's news here
    process.execve(process.execPath, [process.execPath, ...args], env as Record<string, string>);
  }
  const child = startNode({ args, endsWithStdin: false, env });
  stopOnSignal(false).drain.addEventListener('abort', () => child.kill('SIGTERM'));
  return (await child.ended) === 'exit code 0' ? 0 : 1;
}
