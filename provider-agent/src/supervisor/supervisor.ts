import { Backoff } from '../host/backoff.ts';
import { type Clock, delay, type Random, type Timers } from '../host/ports.ts';
import type { StopSignals } from '../host/stop-signals.ts';

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
  /** How long the host may take for the jobs that run when it is stopped. */
  readonly finishJobsWithinMs: number;
};

const BACKOFF = { firstMs: 500, maxMs: 60_000 };
/** Whoever ran this long was healthy: its next end is a new event, not a loop. */
const HEALTHY_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

type Child = {
  readonly name: ProcessName;
  /** Once it fires, nothing is started again. */
  readonly last: AbortSignal;
  /** Each asks for the end once more; after `patienceMs` it is made. */
  readonly asks: readonly { readonly signal: AbortSignal; readonly patienceMs: number }[];
};

/**
 * Keeps both processes running. They know nothing of each other but the socket: a dead enclave comes back as a new
 * one with new keys, and the host finds it by itself. Stopping, the host goes first: its jobs need the enclave.
 */
export async function supervise(context: SupervisorContext, { drain, now }: StopSignals): Promise<void> {
  const isHostGone = new AbortController();
  const patienceMs = STOP_TIMEOUT_MS;
  const host: Child = {
    name: 'host',
    last: drain,
    asks: [
      { signal: drain, patienceMs: context.finishJobsWithinMs + STOP_TIMEOUT_MS },
      { signal: now, patienceMs },
    ],
  };
  const enclave: Child = {
    name: 'enclave',
    last: drain,
    asks: [{ signal: isHostGone.signal, patienceMs }],
  };
  await Promise.all([
    keepRunning(enclave, context),
    keepRunning(host, context).finally(() => isHostGone.abort()),
  ]);
}

async function keepRunning({ name, last, asks }: Child, context: SupervisorContext): Promise<void> {
  const { clock, timers } = context;
  const backoff = new Backoff(BACKOFF, context.random);
  while (!last.aborted) {
    const startedAtMs = clock.nowMs();
    const child = context.start(name);
    context.report('process-started', `${name} process ${child.pid}`, { process: name, pid: child.pid });
    const why = await endOf(child, asks, context);
    if (last.aborted) return context.report('process-ended', `${name} stopped`, { process: name, why });
    if (clock.nowMs() - startedAtMs >= HEALTHY_MS) backoff.reset();
    const retryInMs = backoff.nextMs();
    context.report('process-ended', `${name} ended: ${why}; started again in ${retryInMs} ms`, {
      process: name,
      why,
      retryInMs,
    });
    await delay(timers, retryInMs, last);
  }
}

/** Waits for the end; asks for it when told to, and after a while insists. */
async function endOf(
  child: SupervisedProcess,
  asks: Child['asks'],
  { timers }: SupervisorContext,
): Promise<string> {
  const ended = new AbortController();
  for (const { signal, patienceMs } of asks) {
    const ask = () => {
      child.kill('SIGTERM');
      const cancel = timers.after(patienceMs, () => child.kill('SIGKILL'));
      ended.signal.addEventListener('abort', cancel);
    };
    signal.addEventListener('abort', ask, { signal: ended.signal, once: true });
  }
  try {
    return await child.ended;
  } finally {
    ended.abort();
  }
}
