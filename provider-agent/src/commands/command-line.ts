import { parseArgs } from 'node:util';
import { AgentError } from '../agent-error.ts';
import { help } from './help.ts';

const options = {
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
  'exit-with-stdin': { type: 'boolean', default: false },
  data: { type: 'string' },
  request: { type: 'string' },
  out: { type: 'string' },
  'wallet-key-file': { type: 'string' },
  signature: { type: 'string' },
  deadline: { type: 'string' },
  days: { type: 'string', default: '90' },
  show: { type: 'boolean', default: false },
  provider: { type: 'string' },
  gateway: { type: 'string' },
  rpc: { type: 'string' },
  'chain-id': { type: 'string' },
  registry: { type: 'string' },
  settlement: { type: 'string' },
  region: { type: 'string' },
  slots: { type: 'string' },
  'price-percent': { type: 'string' },
  model: { type: 'string' },
  yes: { type: 'boolean', short: 'y', default: false },
  hours: { type: 'string', default: '24' },
  seconds: { type: 'string', default: '10' },
  trace: { type: 'string' },
  catalogue: { type: 'string' },
} as const;

type Option = keyof typeof options;
export type Flags = ReturnType<typeof parse>['values'];

const everywhere: readonly Option[] = ['config', 'json', 'help', 'version'];
const takes = {
  init: [
    ...(['yes', 'provider', 'gateway', 'rpc', 'region', 'slots', 'price-percent', 'model'] as const),
    ...(['chain-id', 'registry', 'settlement'] as const),
  ],
  doctor: [],
  run: ['exit-with-stdin'],
  host: ['exit-with-stdin'],
  enclave: [],
  market: ['hours'],
  calibrate: ['seconds', 'exit-with-stdin'],
  preview: ['hours', 'price-percent'],
  models: ['catalogue'],
  passphrase: [],
  replay: ['trace'],
  enrol: ['data', 'request', 'out', 'wallet-key-file', 'signature', 'deadline', 'days', 'show'],
} as const satisfies Record<string, readonly Option[]>;

export type Command = keyof typeof takes;
export type CommandLine = {
  /** Undefined: help or version is asked for, or nothing. */
  readonly command: Command | undefined;
  /** What the command line says it is about, known or not. */
  readonly topic: string | undefined;
  readonly rest: readonly string[];
  readonly flags: Flags;
};

/** @throws AgentError `usage` for a command or an option that there is not, or that the command does not take */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values: flags, positionals, tokens } = parse(args);
  const [first, ...rest] = positionals;
  if (first === undefined || first === 'help' || flags.help)
    return { command: undefined, topic: first === 'help' ? rest[0] : first, rest, flags };
  if (!isCommand(first)) throw new AgentError('usage', `unknown command ${first}\n\n${help()}`);
  const known: readonly Option[] = [...everywhere, ...takes[first]];
  for (const token of tokens)
    if (token.kind === 'option' && !known.includes(token.name as Option))
      throw new AgentError('usage', `${first} takes no ${token.rawName}\n\n${help(first)}`);
  if (rest.length > 0 && first !== 'models')
    throw new AgentError('usage', `${first} takes no "${rest.join(' ')}"\n\n${help(first)}`);
  return { command: first, topic: first, rest, flags };
}

const isCommand = (name: string): name is Command => Object.hasOwn(takes, name);

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  } catch (cause) {
    const [problem] = (cause as Error).message.split('. '); // what follows is about dashes in arguments
    throw new AgentError('usage', `${problem}\n\n${help()}`, { cause });
  }
}
