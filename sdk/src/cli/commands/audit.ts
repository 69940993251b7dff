import type { Command } from '../command.ts';
import { UsageError } from '../usage.ts';
import { auction, auctionHelp } from './audit/auction.ts';
import { fork, forkHelp } from './audit/fork.ts';
import { log, logHelp } from './audit/log.ts';
import { replay, replayHelp } from './audit/replay.ts';
import { window, windowHelp } from './audit/window.ts';

type Subcommand = { readonly summary: string; readonly help: string; run(args: string[]): Promise<number> };

const subcommands: Readonly<Record<string, Subcommand>> = {
  log: { summary: 'that the log is one log, and kept its promises', help: logHelp, run: log },
  replay: { summary: 'compute every auction again', help: replayHelp, run: replay },
  auction: { summary: 'compute one auction again', help: auctionHelp, run: auction },
  window: { summary: 'compute one price window again', help: windowHelp, run: window },
  fork: { summary: 'check a proof that a log signed two histories', help: forkHelp, run: fork },
};

const list = Object.entries(subcommands)
  .map(([name, { summary }]) => `  hearth audit ${name.padEnd(8)} ${summary}`)
  .join('\n');

const help = `hearth audit: holds the market to its own log, over public HTTP alone

${list}

  hearth audit <command> --help   what it takes
`;

export const auditCommand: Command = {
  help,
  helpFor: ([name = '']) => find(name)?.help,
  async run([name, ...rest]) {
    const subcommand = find(name ?? '');
    if (subcommand !== undefined) return subcommand.run(rest);
    const known = Object.keys(subcommands).join(', ');
    throw new UsageError(`audit: expected ${known}, got ${name ?? 'nothing'}; see hearth audit --help`);
  },
};

function find(name: string): Subcommand | undefined {
  return Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
}
