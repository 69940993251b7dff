import type { StopSignals } from '../host/stop-signals.ts';

/**
 * Ctrl-C, SIGTERM, SIGHUP: the first one lets the process finish what runs, the second ends it at once. With `exitWithStdin` the
 * end of stdin counts as the first: a supervisor that was killed cannot say goodbye, but its end of the pipe goes with it.
 */
export function stopOnSignal(exitWithStdin: boolean): StopSignals {
  const drain = new AbortController();
  const now = new AbortController();
  const onSignal = () => {
    if (drain.signal.aborted) now.abort();
    drain.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  if (exitWithStdin) {
    process.stdin.on('end', () => drain.abort());
    process.stdin.on('error', () => drain.abort());
    process.stdin.resume();
    drain.signal.addEventListener('abort', () => process.stdin.destroy());
  }
  return { drain: drain.signal, now: now.signal };
}
