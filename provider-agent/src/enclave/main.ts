import { parseArgs } from 'node:util';
import { EnclaveError } from '../channel/errors.ts';
import { serveEnclave } from './serve.ts';

const usage = `Usage: node dist/enclave/main.js --config home.yaml --socket PATH

The enclave process: loads the model, makes its keys, answers sealed jobs. The host process connects to the socket.

  --config FILE   the sections chain, ask.slots and enclave of home.yaml
  --socket PATH   Unix socket to listen on (at most 107 bytes)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, socket: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  if (!values.config || !values.socket)
    throw new EnclaveError('config_invalid', `missing argument\n\n${usage}`);
  process.on('SIGUSR1', () => {}); // Node would open a debugger on it, to anyone of the same user
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await serveEnclave({ configPath: values.config, socketPath: values.socket, signal: stop.signal });
}

// Only codes and our own sentences reach the terminal: a stack could show what a job was about.
main().catch((error: unknown) => {
  const text =
    error instanceof EnclaveError ? `${error.code}: ${error.message}` : `internal: ${(error as Error).name}`;
  process.stderr.write(`hearth-enclave: ${text}\n`);
  process.exitCode = 1;
});
