import { HearthError } from '../protocol/index.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

/** A command, loaded when it is the one that is asked for: none waits for the libraries of the others. */
type Listed = {
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<Command>;
};

const commands: Readonly<Record<string, Listed>> = {
  verify: {
    summary: 'check the bundle of one job, level by level',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  bundle: {
    summary: 'show one message of a job and hide the rest; export jobs',
    load: async () => (await import('./commands/bundle.ts')).bundleCommand,
  },
  evidence: {
    summary: 'verify, show and judge hardware evidence',
    load: async () => (await import('./commands/evidence.ts')).evidenceCommand,
  },
  audit: {
    summary: 'verify the log and replay its auctions',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  chain: {
    summary: 'read and explain what the chain says',
    load: async () => (await import('./commands/chain.ts')).chainCommand,
  },
  chat: {
    summary: 'ask one question and get an answer with its receipt',
    load: async () => (await import('./commands/chat.ts')).chatCommand,
  },
  sidecar: {
    summary: 'an OpenAI-compatible server on your own loopback',
    load: async () => (await import('./commands/sidecar.ts')).sidecarCommand,
  },
  order: {
    summary: 'open, list, and close spending orders',
    load: async () => (await import('./commands/order.ts')).orderCommand,
  },
  deposit: {
    summary: 'move stablecoin into escrow, where orders draw on it',
    load: async () => (await import('./commands/deposit.ts')).depositCommand,
  },
  withdraw: {
    summary: 'take back what no order has locked',
    load: async () => (await import('./commands/withdraw.ts')).withdrawCommand,
  },
  passphrase: {
    summary: 'encrypt session keys and API keys where they are kept',
    load: async () => (await import('./commands/passphrase.ts')).passphraseCommand,
  },
  witness: {
    summary: 'watch a log and cosign its checkpoints',
    load: async () => (await import('./commands/witness.ts')).witnessCommand,
  },
};

const usage = `hearth: buy attested inference, and prove it

${Object.entries(commands)
  .map(([name, { summary }]) => `  hearth ${name.padEnd(10)} ${summary}`)
  .join('\n')}

  hearth <command> --help   what it takes
`;

/** One command line, from its words to its exit code. Says everything on the standard streams, failures too. */
export async function runCli(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const listed = Object.hasOwn(commands, name ?? '') ? commands[name as string] : undefined;
  const isJson = args.includes('--json');
  if (!listed)
    return report(new UsageError(`expected a command, got ${name ?? 'nothing'}; see hearth --help`), isJson);
  const command = await listed.load();
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
