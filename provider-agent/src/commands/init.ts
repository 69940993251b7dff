import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { AgentError, messageOf } from '../agent-error.ts';
import { type HomeTemplate, homeTemplate } from '../config/home-template.ts';
import { loadHomeConfig } from '../config/load-home-config.ts';
import { loadOrCreateNodeKey } from '../host/node-key.ts';
import { personAtTerminal } from './init/ask-person.ts';
import { detectHardware, detectServices, type Hardware } from './init/detect.ts';
import { askEnergy, type EnergyAnswers } from './init/energy/ask-energy.ts';
import type { Found } from './init/energy/ask-sources.ts';
import { energyTemplate } from './init/energy/energy-template.ts';
import { fetchMarketInfo } from './init/market-facts.ts';
import { type Answers, collectAnswers, questions } from './init/questions.ts';

export type InitOptions = {
  readonly configPath: string;
  /** Answers given beforehand, by the name of their option. */
  readonly given: Partial<Record<keyof Answers, string>>;
  /** Contracts given by hand instead of asking the gateway. */
  readonly chain: Partial<Record<'chain-id' | 'registry' | 'settlement', string>>;
  /** Asks for what is not given. */
  readonly isInteractive: boolean;
  readonly say: (line: string) => void;
};

const PPM_PER_PERCENT = 10_000;
const defaultModel = fileURLToPath(new URL('../../models/ember-2m-q8_0.gguf', import.meta.url));

/** `hearth-agent init`: a commented home.yaml and the two keys that live on the node. Overwrites nothing. */
export async function init(options: InitOptions): Promise<Record<string, string>> {
  const { configPath, say } = options;
  const hardware = await detectHardware();
  const found = options.isInteractive ? await greet(hardware, say) : undefined;
  const { answers, energy } = await answersOf(options, hardware, found);
  const template = {
    ...(await templateOf(answers, options.chain)),
    teeSeed: randomBytes(16).toString('hex'),
  };
  await mkdir(dirname(configPath), { recursive: true });
  const hasSecrets = energy !== undefined && Object.keys(energy.secrets).length > 0;
  const section = energy ? energyTemplate(energy.plan, hasSecrets) : '';
  await writeNew(configPath, homeTemplate(template) + section, 0o644);
  if (hasSecrets) await writeNew(join(dirname(configPath), 'secrets.yaml'), stringify(energy.secrets), 0o600);
  return writeKeys(configPath);
}

async function greet(hardware: Hardware, say: (line: string) => void): Promise<Found> {
  say(`This machine: ${hardware.cpu}, ${hardware.threads} threads, ${hardware.memoryGiB} GiB of memory.`);
  say(hardware.gpus.length > 0 ? hardware.gpus.join('\n') : 'No NVIDIA GPU that its driver lists.');
  say(
    hardware.tee === 'none'
      ? 'No TDX or SEV-SNP guest device: the enclave is simulated. It proves nothing about privacy, and buyers see that.'
      : `This is a ${hardware.tee} guest. No driver for it yet: the enclave is simulated, and buyers see that.`,
  );
  const found = await detectServices();
  for (const address of found.homeAssistant) say(`Home Assistant answers at ${address}.`);
  for (const address of found.brokers) say(`An MQTT broker answers at ${address}.`);
  say('Enter takes what stands in brackets. Nothing is sold before you start `hearth-agent run`.');
  return found;
}

/** @param found in this home; undefined: nobody is there to be asked */
async function answersOf(
  { given, say }: InitOptions,
  hardware: Hardware,
  found: Found | undefined,
): Promise<{ answers: Answers; energy: EnergyAnswers | undefined }> {
  const all = questions({ hardware, modelPath: defaultModel });
  const person = found && personAtTerminal();
  try {
    const answers = await collectAnswers(all, given, person?.ask);
    const energy = person && (await askEnergy(person.ask, found, answers.slots, say));
    return { answers, energy };
  } catch (cause) {
    throw new AgentError('usage', `init: ${messageOf(cause)}`, { cause });
  } finally {
    person?.close();
  }
}

async function templateOf(
  answers: Answers,
  chain: InitOptions['chain'],
): Promise<Omit<HomeTemplate, 'teeSeed'>> {
  const modelPath = resolve(answers.model);
  const modelSha256 = await sha256OfFile(modelPath);
  const { 'chain-id': chainId, registry, settlement } = chain;
  const told =
    chainId && registry && settlement
      ? { chainId: Number(chainId), registry, settlement }
      : await fetchMarketInfo(answers.gateway);
  return {
    provider: answers.provider,
    gateway: answers.gateway,
    rpcUrl: answers.rpc,
    chainId: chainId ? Number(chainId) : told.chainId,
    registry: registry ?? told.registry,
    settlement: settlement ?? told.settlement,
    region: answers.region,
    slots: answers.slots,
    multiplierPpm: answers['price-percent'] * PPM_PER_PERCENT,
    modelPath,
    modelSha256,
  };
}

/** @throws AgentError `usage` */
async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new AgentError('usage', `--model ${path}: ${messageOf(cause)}`, { cause });
  }
  return hash.digest('hex');
}

async function writeKeys(configPath: string): Promise<Record<string, string>> {
  const { dataDir, gasKeyFile } = await loadHomeConfig(configPath);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await chmod(dataDir, 0o700);
  const { key } = await loadOrCreateNodeKey(dataDir);
  const gasKey: `0x${string}` = `0x${randomBytes(32).toString('hex')}`;
  await writeNew(gasKeyFile, `${gasKey}\n`, 0o600);
  const { privateKeyToAddress } = await import('viem/accounts');
  return {
    config: relative(process.cwd(), configPath) || configPath,
    nodeKey: key.publicKey,
    gasAddress: privateKeyToAddress(gasKey).toLowerCase(),
  };
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
    throw new AgentError('file_exists', `${path} exists already; init overwrites nothing`, { cause });
  });
}
