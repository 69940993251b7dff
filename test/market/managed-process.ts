import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { StateDir } from '../environment/state-dir.ts';

export interface ProcessSpec {
  /** Also the name of its log file and of its entry in the state directory. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Directory for `<name>.log`, where everything it writes on stderr goes. */
  readonly logDir: string;
  /** Lists the process for a successor that has to clean up after us. */
  readonly stateDir?: StateDir;
  /** Sees every JSON line that the process prints on stdout. */
  readonly onLine?: (line: Record<string, unknown>) => void;
}

/** A process of the market: real, of its own, and killable. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves once it printed a JSON line for which `test` holds; rejects when it ends before. */
  until(
    what: string,
    test: (line: Record<string, unknown>) => boolean,
    timeoutMs?: number,
  ): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | NodeJS.Signals>;
  /** SIGTERM, then SIGKILL for one that does not listen. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 10_000;

export async function startProcess(spec: ProcessSpec): Promise<ManagedProcess> {
  const logFile = `${spec.logDir}/${spec.name}.log`;
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...spec.args], {
    stdio: ['ignore', 'pipe', log],
    env: { ...process.env, ...spec.env },
    detached: true, // Ctrl-C reaches us alone, so that we stop the parts in order
  });
  closeSync(log);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code ?? -1));
    child.once('error', () => resolve(-1));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${spec.name} could not be started: ${spec.args.join(' ')}`);
  await spec.stateDir?.track(spec.name, pid);
  const lines = watchLines(child, spec);
  void exited.then(() => spec.stateDir?.untrack(spec.name));
  return {
    name: spec.name,
    pid,
    logFile,
    exited,
    until: (what, test, timeoutMs = 60_000) => lines.until(what, test, timeoutMs, exited, logFile),
    kill: (signal) => child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

type Line = Record<string, unknown>;

function watchLines(child: ChildProcess, { name, onLine }: ProcessSpec) {
  const seen: Line[] = [];
  let lastSaidAt = performance.now();
  const waiting = new Set<(line: Line) => void>();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parse(text);
      if (!line) return;
      seen.push(line);
      lastSaidAt = performance.now();
      onLine?.(line);
      for (const hear of waiting) hear(line);
    });
  }
  return {
    until: (
      what: string,
      test: (line: Line) => boolean,
      timeoutMs: number,
      exited: Promise<unknown>,
      logFile: string,
    ) =>
      new Promise<Line>((resolve, reject) => {
        const settle = (act: () => void) => {
          waiting.delete(hear);
          clearTimeout(timer);
          act();
        };
        const hear = (line: Line) => {
          if (test(line)) settle(() => resolve(line));
        };
        const fail = (why: string) =>
          settle(() =>
            reject(
              new Error(
                `${name} ${why} before it said "${what}"; its last words, ${Math.round(performance.now() - lastSaidAt)} ms before: ${lastWords(logFile)}`,
              ),
            ),
          );
        const timer = setTimeout(() => fail(`took more than ${timeoutMs} ms`), timeoutMs);
        waiting.add(hear);
        void exited.then((code) => fail(`ended (${code})`));
        for (const line of seen) hear(line);
      }),
  };
}

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-3).join(' / ');
  return lines === '' ? `none, see ${logFile}` : `${lines} (${logFile})`;
}

function parse(text: string): Line | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Line) : undefined;
  } catch {
    return undefined;
  }
}
