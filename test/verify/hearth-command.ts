import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../market/paths.ts';

export type Outcome = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

const TIMEOUT_MS = 30_000;

/** Runs `hearth` as it is built and as a user would: a process of its own, in a directory of its own. */
export function hearth(cwd: string, ...args: string[]): Promise<Outcome> {
  const main = join(repositoryRoot, 'sdk/dist/cli/main.js');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [main, ...args], { cwd, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error as Error);
      else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
