import type { StateDir } from '../environment/state-dir.ts';
import { type ManagedProcess, startProcess } from './managed-process.ts';
import { repositoryRoot } from './paths.ts';

export interface GatewaySpec {
  readonly name: string;
  readonly logDir: string;
  readonly stateDir?: StateDir;
  readonly env: Readonly<Record<string, string>>;
  /** 0: any free one, and the same again after each restart. */
  readonly port: number;
}

/** One replica of the backend: the built program, which may be killed and started again on the same port and database. */
export class Gateway {
  readonly url: string;
  readonly #spec: GatewaySpec;
  #process: ManagedProcess;

  private constructor(spec: GatewaySpec, url: string, process: ManagedProcess) {
    this.#spec = { ...spec, port: Number(new URL(url).port) };
    this.url = url;
    this.#process = process;
  }

  static async start(spec: GatewaySpec): Promise<Gateway> {
    const { process, url } = await launch(spec);
    return new Gateway(spec, url, process);
  }

  get process(): ManagedProcess {
    return this.#process;
  }

  /** Resolves when it is gone, in the middle of whatever it did. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.exited;
  }

  /** After a kill: resolves when it serves again. */
  async restart(): Promise<void> {
    this.#process = (await launch(this.#spec)).process;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }
}

async function launch({ name, logDir, stateDir, env, port }: GatewaySpec) {
  const process = await startProcess({
    name,
    args: [`${repositoryRoot}/backend/dist/main.js`],
    logDir,
    ...(stateDir ? { stateDir } : {}),
    env: { ...env, PORT: String(port) },
  });
  const { url } = await process.until('ready', (line) => line['ready'] === true);
  return { process, url: String(url) };
}
