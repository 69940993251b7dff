#!/usr/bin/env node
import { HearthError } from '../protocol/index.ts';
import type { Command } from './command.ts';
import { chatCommand } from './commands/chat.ts';
import { depositCommand } from './commands/deposit.ts';
import { orderCommand } from './commands/order.ts';
import { sidecarCommand } from './commands/sidecar.ts';
import { verifyCommand } from './commands/verify.ts';

const commands: Readonly<Record<string, Command>> = {
  verify: verifyCommand,
  chat: chatCommand,
  sidecar: sidecarCommand,
  order: orderCommand,
  deposit: depositCommand,
};

const usage = `hearth: buy attested inference, and prove it

${Object.entries(commands)
  .map(([name, { summary }]) => `  hearth ${name.padEnd(8)} ${summary}`)
  .join('\n')}

  hearth <command> --help   what it takes
`;

process.exitCode = await run(process.argv.slice(2));

async function run(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(usage);
    return name === undefined ? 2 : 0;
  }
  const command = commands[name];
  if (!command) {
    process.stderr.write(`hearth: no command ${name}\n\n${usage}`);
    return 2;
  }
  if (rest.includes('--help')) {
    process.stdout.write(command.help);
    return 0;
  }
  return command.run(rest).catch((error: unknown) => report(error, rest.includes('--json')));
}

/** Expected failures are a code and a sentence; anything else is a bug and shows where. */
function report(error: unknown, json: boolean): number {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
  if (json) {
    const body =
      error instanceof HearthError
        ? error.toJSON()
        : { error: { code: isUsage ? 'invalid_request' : 'internal', message: (error as Error).message } };
    process.stdout.write(`${JSON.stringify(body)}\n`);
  } else if (error instanceof HearthError) {
    process.stderr.write(`hearth: ${error.code}: ${error.message}\n`);
  } else {
    process.stderr.write(`hearth: ${isUsage ? (error as Error).message : (error as Error).stack}\n`);
  }
  return isUsage ? 2 : 1;
}
