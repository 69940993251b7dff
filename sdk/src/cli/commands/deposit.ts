import { parseArgs } from 'node:util';
import { usd } from '../../client/amounts.ts';
import { HearthError } from '../../protocol/index.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseMicroUsd, UsageError } from '../usage.ts';

export const depositCommand: Command = {
  help: `hearth deposit MICRO_USD [options]

Approves and deposits; 1,000,000 µUSD are 1 USD. What no order has locked can be withdrawn at any time.

${configHelp}  --json              one JSON document
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...configOption, json: { type: 'boolean', default: false } },
    });
    if (positionals.length > 1)
      throw new UsageError(`deposit: expected one amount, got ${positionals.length}`);
    const amount = parseMicroUsd('amount', positionals[0]);
    const client = loadClient(values.config);
    if (!client.account)
      throw new HearthError(
        'invalid_request',
        'the configuration names no walletKeyFile, so nothing can be deposited',
      );
    const txHash = await client.chain.deposit(amount);
    const { freeMicroUsd, tokenMicroUsd } = await client.chain.balances(client.account.address);
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ txHash, freeMicroUsd: String(freeMicroUsd), walletMicroUsd: String(tokenMicroUsd) })}\n`
        : `deposited ${usd(amount)} in ${txHash}\nfree in escrow ${usd(freeMicroUsd)}, in the wallet ${usd(tokenMicroUsd)}\n`,
    );
    return 0;
  },
};
