import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../market/paths.ts';

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

const main = join(repositoryRoot, 'sdk/src/cli/main.ts');

/** Runs `hearth` from its sources, in a process of its own. */
export function runHearth(cwd: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--conditions=source', main, ...args],
      { cwd, timeout: 25_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
