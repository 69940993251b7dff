import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from '@hearth/attestation/receipt';
import { EnclaveError } from '../../../channel/errors.ts';
import type { EngineConfig } from '../../engine-config.ts';
import { hashFile } from '../../model/private-copy.ts';
import { ServerHttp } from './server-http.ts';

export type ServerLaunch = {
  readonly config: EngineConfig;
  /** What stands for {model}, {name} and so on. */
  readonly values: Readonly<Record<string, string>>;
  /** Answers once the server can serve. */
  readonly readyPath: string;
  /** Where the program may write. */
  readonly home: string;
  /** The program has ended by itself: nothing can be served any more. */
  onLost(error: EnclaveError): void;
};

/** Shared by every Linux distribution (util-linux): a program must not outlive an enclave that was killed. */
const SETPRIV = '/usr/bin/setpriv';
const POLL_MS = 100;
const STOP_WITHIN_MS = 5_000;
const KEPT_STDERR = 2_000;

/** A server that this enclave has started, with a port and a key of its own. */
export class ServerProcess {
  readonly http: ServerHttp;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #isStopping = false;

  private constructor(child: ChildProcess, http: ServerHttp) {
    this.#child = child;
    this.http = http;
    this.#exited = new Promise((resolve) => child.once('close', () => resolve()));
  }

  /** @throws EnclaveError `engine_failed`: the program is another one, ends, or is not ready in time */
  static async start(launch: ServerLaunch, signal: AbortSignal): Promise<ServerProcess> {
    const { config, values, home, onLost } = launch;
    const [program = '', ...args] = config.command;
    await assertExecutable(program, config.executableSha256);
    const port = await freePort();
    const key = randomBytes(32).toString('hex');
    const fill = (text: string) => filled(text, { ...values, port: String(port), key });
    const own = Object.entries(config.environment).map(([name, text]) => [name, fill(text)]);
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, ...Object.fromEntries(own) };
    // Its output may quote prompts: nobody reads it once it serves.
    const options = { env, cwd: home, stdio: ['ignore', 'ignore', 'pipe'] } satisfies Parameters<
      typeof spawn
    >[2];
    const child = existsSync(SETPRIV)
      ? spawn(SETPRIV, ['--pdeathsig', 'KILL', '--', program, ...args.map(fill)], options)
      : spawn(program, args.map(fill), options);
    const server = new ServerProcess(child, new ServerHttp(port, key));
    await server.#becomeReady(launch, signal);
    void server.#exited.then(() => {
      if (!server.#isStopping) onLost(failed(config, 'it has ended by itself'));
    });
    return server;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#child.kill('SIGTERM');
    const late = new AbortController();
    const killed = sleep(STOP_WITHIN_MS, undefined, { signal: late.signal })
      .then(() => this.#child.kill('SIGKILL'))
      .catch(() => {});
    await this.#exited;
    late.abort();
    await killed;
  }

  async #becomeReady({ config, readyPath }: ServerLaunch, signal: AbortSignal): Promise<void> {
    const { stderr } = this.#child;
    let said = '';
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT_STDERR);
    });
    const over = new AbortController();
    void this.#exited.then(() => over.abort());
    this.#child.once('error', () => over.abort());
    const limit = AbortSignal.any([signal, over.signal, AbortSignal.timeout(config.startWithinMs)]);
    try {
      for (;;) {
        if ((await this.http.isUp(readyPath, limit)) && !over.signal.aborted) break;
        await sleep(POLL_MS, undefined, { signal: limit });
      }
    } catch {
      const why = over.signal.aborted
        ? `it has ended: ${lastLine(said)}`
        : `not ready in ${config.startWithinMs} ms`;
      await this.stop();
      signal.throwIfAborted();
      throw failed(config, why);
    }
    stderr?.removeAllListeners('data').resume();
  }
}

/** @throws EnclaveError `config_invalid` for a placeholder that nobody fills */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{([a-zA-Z]+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new EnclaveError('config_invalid', `enclave.engine: nothing stands for ${whole}`);
  });
}

async function assertExecutable(program: string, expected: string): Promise<void> {
  const wanted: Hex = `0x${expected.replace(/^0x/, '')}`;
  const actual = await stat(program)
    .then(({ size }) => hashFile(program, size))
    .catch((cause: Error) => {
      throw new EnclaveError('engine_failed', `engine ${program}: ${cause.message}`, { cause });
    });
  if (actual === wanted) return;
  const details = { expected: wanted, actual };
  throw new EnclaveError('engine_failed', `engine ${program}: expected SHA-256 ${wanted}, got ${actual}`, {
    details,
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const failed = ({ kind, command }: EngineConfig, why: string) =>
  new EnclaveError('engine_failed', `engine ${kind} (${command[0]}): ${why}`);

/** Of what it said before it served anybody. */
const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 300) || 'it said nothing';
