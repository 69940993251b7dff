import { parseArgs } from 'node:util';
import { usd } from '../../client/amounts.ts';
import { withdraw } from '../../client/withdraw.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseMicroUsd, UsageError } from '../usage.ts';

export const withdrawCommand: Command = {
  help: `hearth withdraw MICRO_USD [options]

Pays out what no order has locked, to the wallet.

${configHelp}  --idempotency-key K equal keys pay out once, however often the command is run on this machine
  --json              one JSON document
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...configOption,
        'idempotency-key': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    if (positionals.length > 1)
      throw new UsageError(`withdraw: expected one amount, got ${positionals.length}`);
    const amount = parseMicroUsd('amount', positionals[0]);
    const txHash = await withdraw(loadClient(values.config), amount, values['idempotency-key']);
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ txHash: txHash ?? null })}\n`
        : `${txHash ? `withdrew ${usd(amount)} in ${txHash}` : 'this key has withdrawn already'}\n`,
    );
    return 0;
  },
};
