import type { HomeConfig } from '../config/home-config.ts';
import { serveHost } from '../host/serve-host.ts';
import { reporter } from './reporter.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** Whatever is left after the running jobs' time is no clean stop any more. */
const STOP_TIMEOUT_MS = 8_000;

/** `hearth-agent host`: market link, slots, journal, settlement. */
export async function runHost(
  config: HomeConfig,
  options: { readonly json: boolean; readonly exitWithStdin: boolean },
): Promise<void> {
  const stop = stopOnSignal(options.exitWithStdin);
  const exitAfter = (limitMs: number) => () => void setTimeout(() => process.exit(1), limitMs).unref();
  stop.drain.addEventListener('abort', exitAfter(config.finishJobsWithinMs + STOP_TIMEOUT_MS));
  stop.now.addEventListener('abort', exitAfter(STOP_TIMEOUT_MS));
  await serveHost(config, reporter('host', options.json), stop);
}
