/**
 * Fires on Ctrl-C, SIGTERM, and, with `exitWithStdin`, when stdin closes: a supervisor that was killed cannot say
 * goodbye, but its end of the pipe goes with it.
 */
export function stopSignal(exitWithStdin: boolean): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  if (exitWithStdin) {
    process.stdin.on('end', () => stop.abort());
    process.stdin.on('error', () => stop.abort());
    process.stdin.resume();
    stop.signal.addEventListener('abort', () => process.stdin.destroy());
  }
  return stop.signal;
}
