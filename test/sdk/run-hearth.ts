import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Command } from '../../sdk/src/cli/command.ts';
import { UsageError } from '../../sdk/src/cli/usage.ts';
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

/** A command as it runs in its process, without the seconds that a process takes. Paths are to be absolute. */
export async function runCommand(command: Command, args: string[]): Promise<Ended> {
  const written: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    const code = await command.run(args);
    return { code, stdout: written.join(''), stderr: '' };
  } catch (error) {
    const { message } = error as Error;
    return { code: error instanceof UsageError ? 2 : 1, stdout: written.join(''), stderr: message };
  } finally {
    spy.mockRestore();
  }
}
