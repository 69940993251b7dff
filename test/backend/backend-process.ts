import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const mainPath = fileURLToPath(new URL('../../backend/dist/main.js', import.meta.url));

export interface BackendProcess {
  readonly url: string;
  readonly stderr: readonly string[];
  /** Exit code; null after SIGKILL. */
  readonly ended: Promise<number | null>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** The built backend as real processes; `killAll` leaves none behind whatever a test did. */
export class BackendProcesses {
  private readonly running = new Set<ChildProcess>();

  /** Resolves with the ready line; an early end rejects with what the process logged. */
  async start(environment: Record<string, string>): Promise<BackendProcess> {
    if (!existsSync(mainPath))
      throw new Error(`expected the built backend at ${mainPath}: run npm run build`);
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, ...environment };
    const child = spawn(process.execPath, [mainPath], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.running.add(child);
    const stderr: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => stderr.push(line));
    const ended = new Promise<number | null>((resolve) =>
      child.once('close', (code) => {
        this.running.delete(child);
        resolve(code);
      }),
    );
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      void ended.then((code) => reject(new Error(`ended with ${code}: ${stderr.join('\n')}`)));
    });
    const { url } = JSON.parse(line) as { ready: true; url: string };
    const end = (signal: NodeJS.Signals) => {
      child.kill(signal);
      return ended;
    };
    return { url, stderr, ended, end };
  }

  killAll(): void {
    for (const child of this.running) child.kill('SIGKILL');
  }
}
