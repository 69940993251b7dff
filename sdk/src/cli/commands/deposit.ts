import { parseArgs } from 'node:util';
import { usd } from '../../client/amounts.ts';
import type { DepositWay } from '../../client/deposit.ts';
import { HearthError } from '../../protocol/index.ts';
import { configHelp, configOption, loadClient } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseMicroUsd, UsageError } from '../usage.ts';

export const depositCommand: Command = {
  help: `hearth deposit MICRO_USD [options]

1,000,000 µUSD are 1 USD. What no order has locked can be withdrawn at any time.

${configHelp}  --by WAY            authorization (EIP-3009), permit (ERC-2612) or approve; default: the first that the token knows
  --idempotency-key K equal keys deposit once, however often the command is run (authorization only)
  --json              one JSON document
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...configOption,
        by: { type: 'string' },
        'idempotency-key': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    if (positionals.length > 1)
      throw new UsageError(`deposit: expected one amount, got ${positionals.length}`);
    const amount = parseMicroUsd('amount', positionals[0]);
    const options = { by: parseWay(values.by), idempotencyKey: values['idempotency-key'] };
    const client = loadClient(values.config);
    if (!client.account)
      throw new HearthError(
        'invalid_request',
        'the configuration names no walletKeyFile, so nothing can be deposited',
      );
    const txHash = await client.chain.deposit(amount, options);
    const { freeMicroUsd, tokenMicroUsd } = await client.chain.balances(client.account.address);
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ txHash, freeMicroUsd: String(freeMicroUsd), walletMicroUsd: String(tokenMicroUsd) })}\n`
        : `deposited ${usd(amount)} in ${txHash}\nfree in escrow ${usd(freeMicroUsd)}, in the wallet ${usd(tokenMicroUsd)}\n`,
    );
    return 0;
  },
};

function parseWay(text: string | undefined): DepositWay | undefined {
  if (text === undefined || text === 'authorization' || text === 'permit' || text === 'approve') return text;
  throw new UsageError(`--by: expected authorization, permit or approve, got ${text}`);
}
