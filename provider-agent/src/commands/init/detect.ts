import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { availableParallelism, cpus, totalmem } from 'node:os';

export type Hardware = {
  readonly cpu: string;
  readonly threads: number;
  readonly memoryGiB: number;
  /** As `nvidia-smi -L` names them; empty where there is none, or no driver. */
  readonly gpus: readonly string[];
  /** What this machine could prove itself with. */
  readonly tee: 'tdx' | 'sev-snp' | 'none';
};

const LOOK_MS = 1_500;

export async function detectHardware(): Promise<Hardware> {
  const [gpus, tdx, snp] = await Promise.all([
    listGpus(),
    isThere('/dev/tdx_guest'),
    isThere('/dev/sev-guest'),
  ]);
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    gpus,
    tee: tdx ? 'tdx' : snp ? 'sev-snp' : 'none',
  };
}

/** Where a broker or Home Assistant usually stands in a home; those of them that answer. */
export async function detectServices(): Promise<{
  readonly brokers: string[];
  readonly homeAssistant: string[];
}> {
  const hosts = ['127.0.0.1', 'homeassistant.local'];
  const answering = async (port: number) => {
    const open = await Promise.all(hosts.map((host) => isListening(host, port)));
    return hosts.filter((_, i) => open[i]).map((host) => `${host}:${port}`);
  };
  const [brokers, homeAssistant] = await Promise.all([answering(1883), answering(8123)]);
  return { brokers, homeAssistant };
}

function listGpus(): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('nvidia-smi', ['-L'], { timeout: 5_000 }, (error, stdout) =>
      resolve(error ? [] : stdout.split('\n').filter((line) => line.startsWith('GPU '))),
    );
  });
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: LOOK_MS });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
