import { spawn } from 'node:child_process';
import type { SupervisedProcess } from './supervisor.ts';

export type ChildCommand = {
  readonly args: readonly string[];
  /** Ends with us: its stdin is a pipe of ours, and it stops when that closes, however we die. */
  readonly endsWithStdin: boolean;
  readonly env: NodeJS.ProcessEnv;
};

/** A Node process of its own that writes to our terminal; Ctrl-C there reaches us alone, so that we stop the parts in order. */
export function startNode({ args, endsWithStdin, env }: ChildCommand): SupervisedProcess {
  const child = spawn(process.execPath, args, {
    stdio: [endsWithStdin ? 'pipe' : 'ignore', 'inherit', 'inherit'],
    env,
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  });
  return { pid: child.pid, ended, kill: (signal) => child.kill(signal) };
}

/** Only what Node itself needs: nothing secret is handed down, and nothing that changes which code the enclave runs. */
export function plainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ', 'NO_COLOR', 'FORCE_COLOR'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
