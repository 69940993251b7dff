#!/usr/bin/env node
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AgentError, messageOf } from './agent-error.ts';
import { help } from './commands/help.ts';
import { loadHomeConfig } from './config/load-home-config.ts';

const options = {
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
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
  gateway: { type: 'string', default: 'http://127.0.0.1:8080' },
  rpc: { type: 'string', default: 'http://127.0.0.1:8545' },
  'chain-id': { type: 'string', default: '31337' },
  registry: { type: 'string', default: `0x${'0'.repeat(40)}` },
  settlement: { type: 'string', default: `0x${'0'.repeat(40)}` },
  region: { type: 'string', default: 'DE' },
  model: { type: 'string' },
  hours: { type: 'string', default: '24' },
} as const;

type Flags = ReturnType<typeof parse>['values'];

function parse() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (cause) {
    throw new AgentError('usage', `${messageOf(cause)}\n\n${help()}`, { cause });
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parse();
  const command = positionals[0];
  if (values.help || command === undefined) {
    process.stdout.write(`${help(command)}\n`);
    return command === undefined && !values.help ? 2 : 0;
  }
  switch (command) {
    case 'run': {
      const { runBoth } = await import('./commands/run.ts');
      await runBoth(await loadHomeConfig(configPath(values)), {
        configPath: configPath(values),
        ...processFlags(values),
      });
      return 0;
    }
    case 'host': {
      const { runHost } = await import('./commands/host.ts');
      await runHost(await loadHomeConfig(configPath(values)), processFlags(values));
      return 0;
    }
    case 'enclave': {
      const { runEnclave } = await import('./commands/enclave.ts');
      return runEnclave(await loadHomeConfig(configPath(values)), { configPath: configPath(values) });
    }
    case 'enrol':
      return enrolCommand(values);
    case 'market':
      return marketCommand(values);
    case 'init':
      return initCommand(values);
    default:
      throw new AgentError('usage', `unknown command ${command}\n\n${help()}`);
  }
}

async function enrolCommand(values: Flags): Promise<number> {
  const { enrol, readEnrolmentRequest, typedDataOf } = await import('./commands/enrol.ts');
  const request = await readEnrolmentRequest({ dataDir: values.data, requestPath: values.request });
  const deadlineUnixSec = values.deadline
    ? BigInt(whole(values.deadline, 'deadline'))
    : BigInt(Math.floor(Date.now() / 1000) + whole(values.days, 'days') * 86_400);
  if (values.show) return print(typedDataOf(request, deadlineUnixSec));
  process.stderr.write(
    `Wallet ${request.provider} lets enclave ${request.enclaveKey} on node ${request.nodeKey} earn for it.\n`,
  );
  const { path, signature } = await enrol(request, {
    dataDir: values.data,
    requestPath: values.request,
    outPath: values.out,
    walletKeyFile: values['wallet-key-file'],
    signature: values.signature as `0x${string}` | undefined,
    deadlineUnixSec,
  });
  if (values.json) return print({ path, enclaveKey: request.enclaveKey, signature });
  process.stderr.write(`Signed: ${path}. A running host takes it up by itself.\n`);
  return 0;
}

async function marketCommand(values: Flags): Promise<number> {
  const { marketOutcomes, outcomesInWords } = await import('./commands/market.ts');
  const hours = whole(values.hours, 'hours');
  const outcomes = await marketOutcomes(await loadHomeConfig(configPath(values)), hours);
  if (values.json) return print(outcomes);
  process.stdout.write(`${outcomesInWords(outcomes, hours)}\n`);
  return 0;
}

async function initCommand(values: Flags): Promise<number> {
  const provider = values.provider;
  if (!provider || !/^0x[0-9a-fA-F]{40}$/.test(provider))
    throw new AgentError('usage', 'init: give --provider 0x<address of the wallet that is to earn>');
  const modelPath = resolve(
    values.model ?? fileURLToPath(new URL('../models/ember-2m-q8_0.gguf', import.meta.url)),
  );
  const model = await readFile(modelPath).catch((cause: Error) => {
    throw new AgentError('usage', `--model ${modelPath}: ${cause.message}`, { cause });
  });
  const { init } = await import('./commands/init.ts');
  const made = await init(configPath(values), {
    provider,
    gateway: values.gateway,
    rpcUrl: values.rpc,
    chainId: whole(values['chain-id'], 'chain-id'),
    registry: values.registry,
    settlement: values.settlement,
    region: values.region,
    modelPath,
    modelSha256: createHash('sha256').update(model).digest('hex'),
    teeSeed: randomBytes(16).toString('hex'),
  });
  if (values.json) return print(made);
  process.stderr.write(
    [
      `Wrote ${made['config']} and the node's keys.`,
      `1. Look through ${made['config']}: gateway, chain, region, price.`,
      `2. Send a little ether for gas to ${made['gasAddress']}.`,
      `3. hearth-agent run --config ${made['config']}`,
      '',
    ].join('\n'),
  );
  return 0;
}

const configPath = (values: Flags) => resolve(values.config ?? 'home.yaml');
const processFlags = (values: Flags) => ({ json: values.json, exitWithStdin: values['exit-with-stdin'] });

function whole(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new AgentError('usage', `--${name}: expected a whole number, got ${text}`);
  return Number(text);
}

function print(json: unknown): number {
  process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const text = error instanceof AgentError ? `${error.code}: ${error.message}` : messageOf(error);
    process.stderr.write(`hearth-agent: ${text}\n`);
    process.exitCode = error instanceof AgentError && error.code === 'usage' ? 2 : 1;
  },
);
