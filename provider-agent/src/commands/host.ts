import type { HomeConfig } from '../config/home-config.ts';
import { serveHost } from '../host/serve-host.ts';
import { reporter } from './reporter.ts';
import { stopSignal } from './stop-signal.ts';

/** A clean stop that takes longer is no longer clean. */
const STOP_TIMEOUT_MS = 8_000;

/** `hearth-agent host`: market link, slots, journal, settlement. */
export async function runHost(
  config: HomeConfig,
  options: { readonly json: boolean; readonly exitWithStdin: boolean },
): Promise<void> {
  const stop = stopSignal(options.exitWithStdin);
  stop.addEventListener('abort', () => setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref());
  await serveHost(config, reporter('host', options.json), stop);
}
