#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AgentError, messageOf } from './agent-error.ts';
import { type Flags, readCommandLine } from './commands/command-line.ts';
import { help } from './commands/help.ts';
import { loadHomeConfig } from './config/load-home-config.ts';

async function main(): Promise<number> {
  const { command, topic, rest, flags: values } = readCommandLine(process.argv.slice(2));
  if (values.version) return printVersion();
  if (command === undefined) {
    process.stdout.write(`${help(topic)}\n`);
    return process.argv.length > 2 ? 0 : 2;
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
    case 'calibrate':
      return calibrateCommand(values);
    case 'preview':
      return previewCommand(values);
    case 'replay':
      return replayCommand(values);
    case 'models':
      return modelsCommand(values, rest);
    case 'passphrase':
      return passphraseCommand(values);
    case 'init':
      return initCommand(values);
    case 'doctor':
      return doctorCommand(values);
  }
}

function printVersion(): number {
  const manifest = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  process.stdout.write(`hearth-agent ${version}, Node ${process.versions.node}\n`);
  return 0;
}

async function enrolCommand(values: Flags): Promise<number> {
  const { enrol, readEnrolmentRequest, typedDataOf } = await import('./commands/enrol.ts');
  const dataDir =
    values.config === undefined ? values.data : (await loadHomeConfig(configPath(values))).dataDir;
  const request = await readEnrolmentRequest({ dataDir, requestPath: values.request });
  const deadlineUnixSec = values.deadline
    ? BigInt(whole(values.deadline, 'deadline'))
    : BigInt(Math.floor(Date.now() / 1000) + whole(values.days, 'days') * 86_400);
  if (values.show) return print(typedDataOf(request, deadlineUnixSec));
  process.stderr.write(
    `Wallet ${request.provider} lets enclave ${request.enclaveKey} on node ${request.nodeKey} earn for it.\n`,
  );
  const { path, signature } = await enrol(request, {
    dataDir,
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
  const { marketOutcomes, outcomesInWords, toldInWords } = await import('./commands/market.ts');
  const hours = whole(values.hours, 'hours');
  const { outcomes, told } = await marketOutcomes(await loadHomeConfig(configPath(values)), hours);
  if (values.json) return print({ ...outcomes, told });
  process.stdout.write(`${[outcomesInWords(outcomes, hours), ...toldInWords(told)].join('\n')}\n`);
  return 0;
}

async function calibrateCommand(values: Flags): Promise<number> {
  const { calibrateNode } = await import('./commands/calibrate.ts');
  const { tableInWords } = await import('./commands/calibrate/table-in-words.ts');
  const { stopOnSignal } = await import('./commands/stop-on-signal.ts');
  const { path, table } = await calibrateNode(
    await loadHomeConfig(configPath(values)),
    {
      configPath: configPath(values),
      secondsPerRun: whole(values.seconds, 'seconds'),
      say: (text) => process.stderr.write(`${text}\n`),
    },
    stopOnSignal(values['exit-with-stdin']).drain,
  );
  if (values.json) return print(table);
  process.stdout.write(`${tableInWords(table)}\nWrote ${path}. A node takes it up when it starts.\n`);
  return 0;
}

async function previewCommand(values: Flags): Promise<number> {
  const { previewHome, previewInWords } = await import('./commands/preview.ts');
  const percent = values['price-percent'];
  const preview = await previewHome(await loadHomeConfig(configPath(values)), {
    hours: whole(values.hours, 'hours'),
    percent: percent === undefined ? undefined : whole(percent, 'price-percent'),
  });
  if (values.json) return print(preview);
  process.stdout.write(`${previewInWords(preview)}\n`);
  return 0;
}

async function modelsCommand(values: Flags, [verb, name = '']: readonly string[]): Promise<number> {
  const [{ digestModel, getModel, listModels }, { stopOnSignal }] = await Promise.all([
    import('./commands/models.ts'),
    import('./commands/stop-on-signal.ts'),
  ]);
  const isTerminal = process.stderr.isTTY === true;
  const options = {
    configPath: configPath(values),
    cataloguePath: values.catalogue,
    signal: stopOnSignal(false).drain,
    say: (line: string) => void process.stderr.write(`${line}\n`),
    showProgress: (text: string) => void (isTerminal && process.stderr.write(`\r${text}\x1b[K`)),
  };
  if (verb === undefined) return print(await listModels(options));
  if (verb === 'digest') return print(await digestModel(name));
  if (verb !== 'get')
    throw new AgentError(
      'usage',
      `models ${verb}: expected \`models\`, \`models get NAME\` or \`models digest PATH\``,
    );
  const model = await getModel(name, options);
  if (isTerminal) process.stderr.write('\n');
  if (values.json) return print(model);
  process.stdout.write(
    `# for home.yaml, below enclave:\n  model:\n    path: ${JSON.stringify(model['path'])}\n    sha256: ${model['sha256']}\n`,
  );
  return 0;
}

async function passphraseCommand(values: Flags): Promise<number> {
  const { readPassphrase, setPassphrase } = await import('./commands/passphrase.ts');
  const path = await setPassphrase(await loadHomeConfig(configPath(values)), await readPassphrase());
  process.stderr.write(`Its scrypt hash is in ${path}. Restart the host: open pages have to log in again.\n`);
  return 0;
}

async function replayCommand(values: Flags): Promise<number> {
  const { replayHome, wouldHaveInWords } = await import('./commands/would-have.ts');
  const found = await replayHome(await loadHomeConfig(configPath(values)), values.trace);
  if (values.json) return print(found);
  process.stdout.write(`${wouldHaveInWords(found)}\n`);
  return 0;
}

async function initCommand(values: Flags): Promise<number> {
  const { init } = await import('./commands/init.ts');
  const made = await init({
    configPath: configPath(values),
    given: given(values, ['provider', 'gateway', 'rpc', 'region', 'slots', 'price-percent', 'model']),
    chain: given(values, ['chain-id', 'registry', 'settlement']),
    isInteractive: process.stdin.isTTY === true && !values.yes && !values.json,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  if (values.json) return print(made);
  process.stderr.write(
    [
      `Wrote ${made['config']} and the node's keys.`,
      `1. Look through ${made['config']}: gateway, chain, region, price.`,
      `2. Send a little ether for gas to ${made['gasAddress']}.`,
      `3. hearth-agent run --config ${made['config']}`,
      '   Your page, while it runs: http://127.0.0.1:7420/',
      `   hearth-agent doctor --config ${made['config']} says what is still missing, and what to do about it.`,
      '',
    ].join('\n'),
  );
  return 0;
}

async function doctorCommand(values: Flags): Promise<number> {
  const { doctor, findingsInWords } = await import('./commands/doctor.ts');
  const findings = await doctor(configPath(values));
  if (values.json) print(findings);
  else process.stdout.write(`${findingsInWords(findings)}\n`);
  return findings.some(({ result }) => result === 'fail') ? 1 : 0;
}

function given<Name extends keyof Flags>(
  values: Flags,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found = names.flatMap((name) => (values[name] === undefined ? [] : [[name, String(values[name])]]));
  return Object.fromEntries(found) as Partial<Record<Name, string>>;
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
