import { spawn } from 'node:child_process';
import { latin1ToText } from '../bytes/text.ts';
import { excerpt, ProducerError } from './producer-error.ts';

export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
};

export type CommandResult = {
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
  /** Cut; for an error's text. */
  readonly stderr: string;
};

const maxErrorBytes = 4096;

/**
 * Runs a program without a shell and with hardly any environment: what this process keeps there is not the program's
 * business. Bounded in time and output; whatever it started dies with it. Throws ProducerError.
 */
export function runCommand(command: Command): Promise<CommandResult> {
  const { file, args, timeoutMs, maxOutputBytes, signal } = command;
  return new Promise((resolve, reject) => {
    // A group of its own, so that the kill reaches grandchildren that hold the pipe open.
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: environment(),
    });
    const stdout: Uint8Array[] = [];
    const stderr: Uint8Array[] = [];
    let stdoutBytes = 0;
    let stderrBytes = 0;
    let failure: ProducerError | undefined;
    const stop = (code: ProducerError['code'], words: string): void => {
      failure ??= new ProducerError(code, `${file}: ${words}`);
      killGroup(child.pid);
    };
    const cancel = (): void => stop('cancelled', 'no longer wanted');
    const timer = setTimeout(() => stop('timeout', `no answer in ${timeoutMs} ms`), timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    child.stdout.on('data', (chunk: Uint8Array) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > maxOutputBytes) stop('bad-answer', `more than ${maxOutputBytes} bytes of output`);
      else stdout.push(chunk);
    });
    child.stderr.on('data', (chunk: Uint8Array) => {
      stderrBytes += chunk.length;
      if (stderrBytes <= maxErrorBytes) stderr.push(chunk);
    });
    child.on('error', (error) => {
      failure ??= startFailure(file, error);
    });
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      if (failure !== undefined) reject(failure);
      else
        resolve({
          exitCode,
          stdout: Buffer.concat(stdout),
          stderr: excerpt(latin1ToText(Buffer.concat(stderr))),
        });
    });
  });
}

function environment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH, HOME } = process.env;
  return { PATH, LD_LIBRARY_PATH, HOME, LC_ALL: 'C' };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function startFailure(file: string, error: NodeJS.ErrnoException): ProducerError {
  if (error.code === 'ENOENT') return new ProducerError('not-available', `${file}: not installed`, error);
  if (error.code === 'EACCES') return new ProducerError('not-permitted', `${file}: may not be run`, error);
  return new ProducerError('failed', `${file}: ${error.code}`, error);
}
