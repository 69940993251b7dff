#!/usr/bin/env node
import { HearthError } from '../protocol/index.ts';
import type { Command } from './command.ts';
import { auditCommand } from './commands/audit.ts';
import { chainCommand } from './commands/chain.ts';
import { chatCommand } from './commands/chat.ts';
import { depositCommand } from './commands/deposit.ts';
import { evidenceCommand } from './commands/evidence.ts';
import { orderCommand } from './commands/order.ts';
import { sidecarCommand } from './commands/sidecar.ts';
import { verifyCommand } from './commands/verify.ts';
import { witnessCommand } from './commands/witness.ts';
import { UsageError } from './usage.ts';

const commands: Readonly<Record<string, Command>> = {
  verify: verifyCommand,
  evidence: evidenceCommand,
  audit: auditCommand,
  chain: chainCommand,
  chat: chatCommand,
  sidecar: sidecarCommand,
  order: orderCommand,
  deposit: depositCommand,
  witness: witnessCommand,
};

const usage = `hearth: buy attested inference, and prove it

${Object.entries(commands)
  .map(([name, { summary }]) => `  hearth ${name.padEnd(8)} ${summary}`)
  .join('\n')}

  hearth <command> --help   what it takes
`;

// A reader that has seen enough (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await run(process.argv.slice(2));

async function run(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const command = Object.hasOwn(commands, name ?? '') ? commands[name as string] : undefined;
  const isJson = args.includes('--json');
  if (!command)
    return report(new UsageError(`expected a command, got ${name ?? 'nothing'}; see hearth --help`), isJson);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(command.helpFor?.(rest) ?? command.help);
    return 0;
  }
  return command.run(rest).catch((error: unknown) => report(error, isJson));
}

/** One line that says what to do, or one JSON document. The stack is for us, on request only. */
function report(error: unknown, isJson: boolean): number {
  if (process.env['HEARTH_DEBUG']) process.stderr.write(`${(error as Error).stack}\n`);
  const isUsage =
    error instanceof UsageError ||
    (error as NodeJS.ErrnoException).code?.startsWith?.('ERR_PARSE_ARGS') === true;
  const code = error instanceof HearthError ? error.code : isUsage ? 'invalid_request' : 'internal';
  const message = sentenceOf(error);
  if (isJson) {
    const body = error instanceof HearthError ? error.toJSON() : { error: { code, message } };
    process.stdout.write(`${JSON.stringify(body, bigintsAsText)}\n`);
  } else {
    process.stderr.write(`hearth: ${isUsage ? '' : `${code}: `}${message}\n`);
  }
  return isUsage ? 2 : 1;
}

/** RPC libraries write pages; their first line says it. */
function sentenceOf(error: unknown): string {
  const { shortMessage, message } = error as { shortMessage?: string; message?: string };
  return (shortMessage ?? message ?? String(error)).split('\n')[0] ?? '';
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
