import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChainHostReply, ChainHostRequest } from './chain-host.ts';
import { EnvironmentError } from './errors.ts';

/** A process with an EVM in it, able to serve any number of isolated chains. */
export interface ChainHost {
  readonly pid: number;
  /** Starts an empty chain and returns its port on 127.0.0.1. */
  createChain(chain: Omit<Extract<ChainHostRequest, { kind: 'create' }>, 'id' | 'kind'>): Promise<number>;
  closeChain(port: number): Promise<void>;
  /** Ends the process and all its chains. Their state is gone: the simulated EVM has no disk. */
  stop(): Promise<void>;
}

export function startChainHost(): ChainHost {
  // The same file in source form (Node strips its types) and in built form, whichever we are.
  const script = import.meta.url.endsWith('.ts') ? './chain-host.ts' : './chain-host.js';
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const calls = new Calls(child);
  return {
    pid: child.pid ?? 0,
    createChain: (chain) => calls.send({ kind: 'create', ...chain }),
    closeChain: async (port) => {
      await calls.send({ kind: 'close', port });
    },
    stop: () => stopChild(child),
  };
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Requests in flight to the child; when it ends, all of them fail with what it wrote to stderr. */
class Calls {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (reply: ChainHostReply) => void>();
  private nextId = 1;
  private ended: string | undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-4_000);
    });
    child.on('message', (reply: ChainHostReply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    });
    child.once('error', (error) => this.fail(error.message));
    child.once('close', (code, signal) =>
      this.fail(`the chain process ended with ${signal ?? code}. ${stderr}`),
    );
  }

  async send(request: WithoutId<ChainHostRequest>): Promise<number> {
    const id = this.nextId++;
    const reply = await new Promise<ChainHostReply>((resolve) => {
      if (this.ended !== undefined) return resolve({ id, failure: this.ended });
      this.waiting.set(id, resolve);
      this.child.send({ ...request, id }, (error) => {
        if (error !== null) resolve({ id, failure: error.message });
      });
    });
    if ('port' in reply) return reply.port;
    throw new EnvironmentError(
      'chain-start-failed',
      `the chain process could not ${request.kind} a chain: ${reply.failure}`,
    );
  }

  private fail(reason: string): void {
    this.ended ??= reason;
    for (const [id, resolve] of this.waiting) resolve({ id, failure: reason });
    this.waiting.clear();
  }
}

function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    if (child.connected) child.disconnect();
    else child.kill('SIGKILL');
  });
}
