import { parseArgs } from 'node:util';
import { ensureApiKey } from '../../client/api-key.ts';
import { closeSession, type Session } from '../../client/session.ts';
import { takeOrder } from '../../client/take-order.ts';
import { HearthError } from '../../protocol/index.ts';
import { type Sidecar, startSidecar } from '../../sidecar/server.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseMicroUsd, parseNumber, parseOrderHash, stopSignal } from '../usage.ts';

export const sidecarCommand: Command = {
  help: `hearth sidecar [options]

Serves POST /v1/chat/completions and GET /v1/models on 127.0.0.1. Point any OpenAI client at it; prompts leave this
process sealed, and only to an enclave whose evidence satisfied the policy.

${configHelp}  --port N            default 8787; 0 picks a free one
  --order HASH        default: an open order kept here
  --max-spend MICRO   open a new order of so many µUSD when there is none
  --json              announce readiness as one JSON line
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        ...configOption,
        port: { type: 'string', default: '8787' },
        order: { type: 'string' },
        'max-spend': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const port = parseNumber('--port', values.port, { from: 0, to: 65_535 });
    const wanted = {
      ...(values.order === undefined ? {} : { orderHash: parseOrderHash('--order', values.order) }),
      ...(values['max-spend'] === undefined
        ? {}
        : { maxSpendMicroUsd: parseMicroUsd('--max-spend', values['max-spend']) }),
    };
    const client = loadClient(values.config);
    await ensureApiKey(client);
    const session = await takeOrder(client, wanted);
    try {
      const sidecar = await listen(session, port);
      const { orderHash } = session.file.record;
      process.stdout.write(
        values.json
          ? `${JSON.stringify({ ready: true, url: `${sidecar.url}/v1`, orderHash })}\n`
          : `OpenAI-compatible server: ${sidecar.url}/v1\norder ${orderHash}\nCtrl-C stops it\n`,
      );
      await stopSignal();
      await sidecar.stop();
      return 0;
    } finally {
      closeSession(session);
    }
  },
};

function listen(session: Session, port: number): Promise<Sidecar> {
  const onFault = (error: unknown) => process.stderr.write(`hearth: internal: ${(error as Error).stack}\n`);
  return startSidecar({ session, port, onFault }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new HearthError('unavailable', `port ${port} is in use; choose another one with --port`, { cause });
  });
}
