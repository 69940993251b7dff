import type { Command } from '../command.ts';
import { UsageError } from '../usage.ts';
import { asHearthError, fetchHelp, fetchPack } from './evidence/fetch.ts';
import { judge, judgeHelp } from './evidence/judge.ts';
import { policy, policyHelp } from './evidence/policy.ts';
import { show, showHelp } from './evidence/show.ts';
import { verify, verifyHelp } from './evidence/verify.ts';

type Subcommand = { readonly summary: string; readonly help: string; run(args: string[]): Promise<number> };

const subcommands: Readonly<Record<string, Subcommand>> = {
  verify: {
    summary: 'verify a file of evidence and hold it against a policy',
    help: verifyHelp,
    run: verify,
  },
  show: { summary: 'every field of a file of evidence, decoded', help: showHelp, run: show },
  policy: { summary: 'a strict policy to start from', help: policyHelp, run: policy },
  fetch: {
    summary: 'ask the vendor for what verifying needs; an offline pack',
    help: fetchHelp,
    run: fetchPack,
  },
  judge: { summary: 'judge every entry of a vectors manifest', help: judgeHelp, run: judge },
};

const list = Object.entries(subcommands)
  .map(([name, { summary }]) => `  hearth evidence ${name.padEnd(7)} ${summary}`)
  .join('\n');

const help = `hearth evidence: hardware evidence of any kind, without a market

${list}

  hearth evidence <command> --help   what it takes

SGX and TDX quotes, TDX event logs, AMD SEV-SNP reports (Azure's too), NVIDIA GPUs, switches, RIMs and tokens.
What a green verdict does not prove: attestation/LIMITATIONS.md
`;

export const evidenceCommand: Command = {
  help,
  helpFor: ([name = '']) => find(name)?.help,
  async run([name, ...rest]) {
    const subcommand = find(name ?? '');
    if (subcommand === undefined) {
      const known = Object.keys(subcommands).join(', ');
      throw new UsageError(
        `evidence: expected ${known}, got ${name ?? 'nothing'}; see hearth evidence --help`,
      );
    }
    try {
      return await subcommand.run(rest);
    } catch (error) {
      throw asHearthError(error);
    }
  },
};

function find(name: string): Subcommand | undefined {
  return Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
}
