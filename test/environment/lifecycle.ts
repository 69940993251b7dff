/** Anything that was started and must be stopped: a server, a chain, a process. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** Collects what was started and stops it in reverse order, each once, however often and from wherever `stop` is called. */
export class Lifecycle implements Stoppable {
  private readonly started: { name: string; part: Stoppable }[] = [];
  private stopping: Promise<void> | undefined;

  /** Starts a part and remembers it. If stopping began meanwhile, the late part is stopped at once. */
  async start<T extends Stoppable>(name: string, part: Promise<T>): Promise<T> {
    const running = await part;
    if (this.stopping !== undefined) {
      await running.stop();
      throw new Error(`${name} came up while the environment was being stopped`);
    }
    this.add(name, running);
    return running;
  }

  /** Remembers a part that runs already. */
  add(name: string, part: Stoppable): void {
    this.started.push({ name, part });
  }

  /** Stops everything, last started first. A part that fails to stop does not keep the others running; its error comes at the end. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    const failures: Error[] = [];
    for (const { name, part } of this.started.reverse()) {
      try {
        await part.stop();
      } catch (cause) {
        failures.push(new Error(`${name} did not stop cleanly`, { cause }));
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }
}

/**
 * Resolves with the signal when the user or the system asks this process to end, or with SIGHUP when the launcher that started it
 * was killed. Later signals are ignored so that the stop can finish.
 */
export function untilStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    const launcher = Number(process.env['HEARTH_LAUNCHER_PID']);
    if (launcher !== process.ppid) return;
    const watch = setInterval(() => {
      if (process.ppid === launcher) return;
      clearInterval(watch);
      resolve('SIGHUP');
    }, 500);
    watch.unref();
  });
}
