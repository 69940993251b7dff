import { parseArgs } from 'node:util';
import type { Hex } from '@hearth/attestation/receipt';
import { ensureApiKey } from '../../client/api-key.ts';
import { closeSession } from '../../client/close-session.ts';
import type { Client } from '../../client/context.ts';
import type { Session } from '../../client/session.ts';
import { storageWarning } from '../../client/stored-secrets.ts';
import { takeOrder } from '../../client/take-order.ts';
import type { ApiSettings } from '../../openai/api.ts';
import { HearthError } from '../../protocol/index.ts';
import { type Sidecar, type SidecarOptions, startSidecar } from '../../sidecar/server.ts';
import { configHelp, configOption, loadConfig, type SidecarConfig } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseMicroUsd, parseNumber, parseOrderHash, stopSignal, UsageError } from '../usage.ts';

export const sidecarCommand: Command = {
  help: `hearth sidecar [options]

Serves OpenAI's chat completions, completions, responses, embeddings, models, files and batches, and rerank, on 127.0.0.1.
Point any OpenAI client at it; prompts leave this process sealed, and only to an enclave whose evidence satisfied the policy.
/status is a page for people, /metrics is for Prometheus. The first Ctrl-C lets answers under way end, the second breaks
them off; batches go on with the next start.

${configHelp}  --port N            default 8787; 0 picks a free one
  --order HASH        default: an open order kept here; several are spent one after the other
  --max-spend MICRO   open a new order of so many µUSD when there is none
  --per-day MICRO     spend at most so many µUSD from midnight to midnight, UTC
  --model NAME=REAL   answer requests for NAME with the model REAL; *=REAL for every name not on offer; may be repeated
  --unsupported HOW   refuse (default): a parameter that the enclave does not support is an error that names it
                      drop: it is left out, and named in x-hearth-dropped; so are images and the like in messages
  --rehearsal         for conformance suites written against a mock: ids that are not kept here are answered with examples
                      (x-hearth-example: true), and tools that are offered are called; with --unsupported drop and
                      --model '*=…' they run as they come
  --json              announce readiness as one JSON line

The configuration may hold the same in "sidecar": {port, orders, maxMicroUsdPerDay, models, unsupported, rehearsal, maxJobs}.
It may also name several gateways, and a passphrase for what lies on disk: docs/buying.md.
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        ...configOption,
        port: { type: 'string' },
        order: { type: 'string', multiple: true },
        'max-spend': { type: 'string' },
        'per-day': { type: 'string' },
        model: { type: 'string', multiple: true, default: [] },
        unsupported: { type: 'string' },
        rehearsal: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const asked: Asked = {
      port:
        values.port === undefined ? undefined : parseNumber('--port', values.port, { from: 0, to: 65_535 }),
      orders: values.order?.map((hash) => parseOrderHash('--order', hash)),
      maxSpendMicroUsd: microUsd('--max-spend', values['max-spend']),
      perDay: microUsd('--per-day', values['per-day']),
      models: Object.fromEntries(values.model.map(parseAlias)),
      unsupported: parseUnsupported(values.unsupported),
      rehearsal: values.rehearsal,
    };
    const { client, sidecar: config } = loadConfig(values.config);
    await ensureApiKey(client);
    const sessions = await takeOrders(client, asked.orders ?? config.orders, asked.maxSpendMicroUsd);
    try {
      const [session, ...spares] = sessions;
      const port = asked.port ?? config.port ?? 8787;
      const sidecar = await listen({ session, spares, port, settings: settingsOf(asked, config) });
      const orderHashes = sessions.map(({ file }) => file.record.orderHash);
      process.stdout.write(
        values.json
          ? `${JSON.stringify({ ready: true, url: `${sidecar.url}/v1`, orderHash: orderHashes[0], orderHashes })}\n`
          : `OpenAI-compatible server: ${sidecar.url}/v1\nstatus: ${sidecar.url}/status\n${orderHashes.map((hash) => `order ${hash}\n`).join('')}Ctrl-C stops it\n`,
      );
      const warning = storageWarning(client);
      if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
      await stopSignal();
      if (sidecar.running() > 0)
        process.stderr.write(`waiting for ${sidecar.running()} answers; Ctrl-C again breaks them off\n`);
      await sidecar.stop(stopSignal());
      return 0;
    } finally {
      for (const session of sessions) closeSession(session);
    }
  },
};

type Asked = {
  readonly port: number | undefined;
  readonly orders: readonly Hex[] | undefined;
  readonly maxSpendMicroUsd: bigint | undefined;
  readonly perDay: bigint | undefined;
  readonly models: Readonly<Record<string, string>>;
  readonly unsupported: ApiSettings['unsupported'] | undefined;
  readonly rehearsal: boolean;
};

function microUsd(name: string, text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : parseMicroUsd(name, text);
}

function parseAlias(text: string): [string, string] {
  const [name = '', real = '', ...more] = text.split('=');
  if (name !== '' && real !== '' && more.length === 0) return [name, real];
  throw new UsageError(`--model: expected NAME=REAL, got ${text}`);
}

function parseUnsupported(text: string | undefined): ApiSettings['unsupported'] | undefined {
  if (text === undefined || text === 'refuse' || text === 'drop') return text;
  throw new UsageError(`--unsupported: expected refuse or drop, got ${text}`);
}

/** The command line first, then the file, then what stands in the help. */
function settingsOf(asked: Asked, config: SidecarConfig): Partial<ApiSettings> {
  const unsupported = asked.unsupported ?? config.unsupported;
  return {
    models: { ...config.models, ...asked.models },
    rehearsal: asked.rehearsal || (config.rehearsal ?? false),
    maxMicroUsdPerDay: asked.perDay ?? config.maxMicroUsdPerDay,
    ...(unsupported === undefined ? {} : { unsupported }),
    ...(config.maxJobs === undefined ? {} : { maxJobs: config.maxJobs }),
  };
}

/** All of them, or none: what was taken is given back when one cannot be. */
async function takeOrders(
  client: Client,
  hashes: readonly Hex[] | undefined,
  maxSpendMicroUsd: bigint | undefined,
): Promise<[Session, ...Session[]]> {
  const [first, ...more] = hashes ?? [];
  const wanted = maxSpendMicroUsd === undefined ? {} : { maxSpendMicroUsd };
  const sessions: [Session, ...Session[]] = [
    await takeOrder(client, first === undefined ? wanted : { orderHash: first }),
  ];
  try {
    for (const orderHash of more) sessions.push(await takeOrder(client, { orderHash }));
    return sessions;
  } catch (error) {
    for (const session of sessions) closeSession(session);
    throw error;
  }
}

function listen(options: Omit<SidecarOptions, 'onFault'>): Promise<Sidecar> {
  const onFault = (error: unknown) => process.stderr.write(`hearth: internal: ${(error as Error).stack}\n`);
  return startSidecar({ ...options, onFault }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new HearthError('unavailable', `port ${options.port} is in use; choose another one with --port`, {
      cause,
    });
  });
}
