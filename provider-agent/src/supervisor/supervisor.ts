import { Backoff } from '../host/backoff.ts';
import { type Clock, delay, type Random, type Timers } from '../host/ports.ts';

export type ProcessName = 'enclave' | 'host';

/** A child process as far as the supervisor cares. */
export interface SupervisedProcess {
  readonly pid: number | undefined;
  /** Resolves when it has ended, in words. */
  readonly ended: Promise<string>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export type SupervisorContext = {
  start(name: ProcessName): SupervisedProcess;
  report(
    state: 'process-started' | 'process-ended',
    message: string,
    particulars: Record<string, unknown>,
  ): void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
};

const BACKOFF = { firstMs: 500, maxMs: 60_000 };
/** Whoever ran this long was healthy: its next end is a new event, not a loop. */
const HEALTHY_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Keeps both processes running. They know nothing of each other but the socket: a dead enclave comes back as a new
 * one with new keys, and the host finds it by itself.
 */
export async function supervise(context: SupervisorContext, signal: AbortSignal): Promise<void> {
  await Promise.all([keepRunning('enclave', context, signal), keepRunning('host', context, signal)]);
}

async function keepRunning(
  name: ProcessName,
  context: SupervisorContext,
  signal: AbortSignal,
): Promise<void> {
  const { clock, timers } = context;
  const backoff = new Backoff(BACKOFF, context.random);
  while (!signal.aborted) {
    const startedAtMs = clock.nowMs();
    const child = context.start(name);
    context.report('process-started', `${name} process ${child.pid}`, { process: name, pid: child.pid });
    const why = await endOf(child, context, signal);
    if (signal.aborted) return context.report('process-ended', `${name} stopped`, { process: name, why });
    if (clock.nowMs() - startedAtMs >= HEALTHY_MS) backoff.reset();
    const retryInMs = backoff.nextMs();
    context.report('process-ended', `${name} ended: ${why}; started again in ${retryInMs} ms`, {
      process: name,
      why,
      retryInMs,
    });
    await delay(timers, retryInMs, signal);
  }
}

/** Waits for the end; when `signal` fires, asks for it, and after a while insists. */
async function endOf(
  child: SupervisedProcess,
  { timers }: SupervisorContext,
  signal: AbortSignal,
): Promise<string> {
  let cancel = () => {};
  const stop = () => {
    child.kill('SIGTERM');
    cancel = timers.after(STOP_TIMEOUT_MS, () => child.kill('SIGKILL'));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await child.ended;
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}
