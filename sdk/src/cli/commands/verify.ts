import { parseArgs } from 'node:util';
import { connectChain } from '../../client/chain.ts';
import { bundle, levels } from '../../protocol/index.ts';
import { verifyBundle } from '../../verify/index.ts';
import { loadTrust, readJson } from '../client-config.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../usage.ts';

const meanings = {
  L0: 'signatures',
  L1: 'hardware evidence',
  L2: 'measured release',
  L3: "buyer's policy",
  L4: 'transparency log',
  L5: 'chain',
  L6: 'auction and price',
  L7: 'opened content',
} as const;

export const verifyCommand: Command = {
  help: `hearth verify BUNDLE [options]

Checks one job's bundle. Every anchor (vendor roots, log keys, contracts, releases) comes from the trust file, none from
the bundle. L0 to L3 must pass; L4 to L6 too unless --allow-absent. Exit code 0 only then.

  --trust FILE        anchors (default .hearth/trust.json)
  --allow-simulated   accept development evidence; shown in the result
  --allow-absent      L4 to L6 may be missing
  --offline           do not ask the chain (L5 is then absent)
  --json              one JSON document
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        trust: { type: 'string', default: '.hearth/trust.json' },
        'allow-simulated': { type: 'boolean', default: false },
        'allow-absent': { type: 'boolean', default: false },
        offline: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const [path] = positionals;
    if (path === undefined || positionals.length > 1)
      throw new UsageError('verify: expected one bundle file; see hearth verify --help');
    const trust = loadTrust(values.trust);
    const value = readJson(path, bundle, 'bundle', 'expected a file made by hearth chat --bundle');
    const chain = values.offline || trust.chain.rpcUrl === null ? undefined : connectChain(trust, undefined);
    const verdict = await verifyBundle(value, {
      trust,
      allowSimulated: values['allow-simulated'],
      allowAbsent: values['allow-absent'],
      chain,
    });
    if (values.json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
    else process.stdout.write(report(verdict));
    return verdict.ok ? 0 : 1;
  },
};

function report(verdict: Awaited<ReturnType<typeof verifyBundle>>): string {
  const lines = levels.map((level) => {
    const { result, reason } = verdict.levels[level];
    return `${level} ${meanings[level].padEnd(18)} ${result.padEnd(6)} ${reason}`;
  });
  const conclusion = verdict.ok ? (verdict.simulated ? 'OK, on SIMULATED evidence' : 'OK') : 'NOT VERIFIED';
  return `${lines.join('\n')}\n${conclusion}\n`;
}
