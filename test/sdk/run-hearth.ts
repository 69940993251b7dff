import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { mock } from 'node:test';
import { runCli } from '../../sdk/src/cli/run.ts';
import { repositoryRoot } from '../market/paths.ts';

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

const main = join(repositoryRoot, 'sdk/src/cli/main.ts');
const TIMEOUT_MS = 60_000;

/** Runs `hearth` from its sources in a process of its own, as a user has it. */
export function runHearth(cwd: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--conditions=source', main, ...args],
      { cwd, timeout: TIMEOUT_MS },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** The same command line in this process, without the seconds that a process takes. One at a time: streams and directory are the process's. */
export async function hearthHere(cwd: string, ...args: string[]): Promise<Ended> {
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const code = await runCli(args);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before);
    stdout.restore();
    stderr.restore();
  }
}

function capture(stream: NodeJS.WriteStream) {
  const written: string[] = [];
  const spy = mock.method(stream, 'write', (chunk: unknown) => {
    written.push(String(chunk));
    return true;
  });
  return { text: () => written.join(''), restore: () => spy.mock.restore() };
}
