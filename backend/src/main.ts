import 'reflect-metadata';
import { loadConfig } from './platform/config.ts';
import { StructuredLog } from './platform/structured-log.ts';
import { startBackend } from './start-backend.ts';

/** A clean stop ends running work; after this long the process goes anyway, which is safe: everything owed is in Postgres. */
const stopTimeoutMs = 10_000;

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = new StructuredLog(config.logLevel);
  const backend = await startBackend(config, { log });
  process.stdout.write(`${JSON.stringify({ ready: true, url: backend.url })}\n`);

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.event('info', 'stopping', { signal });
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    backend.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.failure('stop.failed', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  new StructuredLog().failure('start.failed', error);
  process.exit(1);
});
