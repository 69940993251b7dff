import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { AgentError } from '../agent-error.ts';
import type { EnergyConfig } from '../energy/config/energy-config.ts';
import type { DashboardConfig } from './dashboard-config.ts';
import { type HomeConfig, homeConfig } from './home-config.ts';

/** sun_path is 108 bytes with its terminating zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Reads home.yaml; relative paths in it are relative to the file.
 * @throws AgentError `config_missing` or `config_invalid`, with every problem and its place
 */
export async function loadHomeConfig(path: string): Promise<HomeConfig> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'does not exist' : `cannot be read (${cause.code})`;
    throw new AgentError(
      'config_missing',
      `${path} ${why}.\n  Create one with:  hearth-agent init --config ${path} --provider 0x<your wallet address>`,
      { cause },
    );
  });
  return parseHomeConfig(text, path);
}

export function parseHomeConfig(text: string, path: string): HomeConfig {
  const parsed = homeConfig.safeParse(parseYaml(text, path));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `  ${issue.path.join('.') || 'file'}: ${issue.message}`,
    );
    throw new AgentError('config_invalid', `${path}:\n${problems.join('\n')}`);
  }
  return withAbsolutePaths(parsed.data, path);
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    const why = cause instanceof YAMLParseError ? cause.message : 'not YAML';
    throw new AgentError('config_invalid', `${path}: ${why}`, { cause });
  }
}

function withAbsolutePaths(config: HomeConfig, path: string): HomeConfig {
  const absolute = (file: string) => resolve(dirname(path), file);
  const { enclave } = config;
  const socket = absolute(enclave.socket);
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES) {
    throw new AgentError(
      'config_invalid',
      `${path}:\n  enclave.socket: expected at most ${MAX_SOCKET_PATH_BYTES} bytes, got ${Buffer.byteLength(socket)}: ${socket}`,
    );
  }
  return {
    ...config,
    dataDir: absolute(config.dataDir),
    gasKeyFile: absolute(config.gasKeyFile),
    ...(config.dashboard && { dashboard: withAbsolutePems(config.dashboard, absolute) }),
    ...(config.energy && { energy: withAbsoluteFiles(config.energy, absolute) }),
    enclave: {
      ...enclave,
      socket,
      model: { ...enclave.model, path: absolute(enclave.model.path) },
      otherModels: enclave.otherModels.map((model) => ({ ...model, path: absolute(model.path) })),
    },
  };
}

function withAbsoluteFiles(energy: EnergyConfig, absolute: (file: string) => string): EnergyConfig {
  const sources = energy.sources.map((source) =>
    source.type === 'mqtt' && source.certificateFile !== undefined
      ? { ...source, certificateFile: absolute(source.certificateFile) }
      : source,
  );
  const { mail } = energy.notify;
  return {
    ...energy,
    sources,
    ...(mail?.certificateFile !== undefined && {
      notify: { ...energy.notify, mail: { ...mail, certificateFile: absolute(mail.certificateFile) } },
    }),
    ...(energy.secretsFile !== undefined && { secretsFile: absolute(energy.secretsFile) }),
    ...(energy.traceFile !== undefined && { traceFile: absolute(energy.traceFile) }),
  };
}

function withAbsolutePems(dashboard: DashboardConfig, absolute: (file: string) => string): DashboardConfig {
  const { tls, secretsFile } = dashboard;
  return {
    ...dashboard,
    ...(secretsFile !== undefined && { secretsFile: absolute(secretsFile) }),
    ...(tls && { tls: { certificateFile: absolute(tls.certificateFile), keyFile: absolute(tls.keyFile) } }),
  };
}
