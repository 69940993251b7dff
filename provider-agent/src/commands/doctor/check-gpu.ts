import { createRequire } from 'node:module';
import type { HomeConfig } from '../../config/home-config.ts';
import { detectHardware } from '../init/detect.ts';
import { type Finding, note, ok } from './finding.ts';

const require = createRequire(import.meta.url);
const platform =
  { linux: 'linux', darwin: 'mac', win32: 'win' }[process.platform as string] ?? process.platform;
const kinds = process.platform === 'darwin' ? ['metal'] : ['cuda', 'vulkan'];

/** A GPU that is there and not used, or wanted and not there. */
export async function checkGpu({ enclave }: Pick<HomeConfig, 'enclave'>): Promise<Finding[]> {
  const { gpus } = await detectHardware();
  const isWanted = enclave.gpu !== undefined && enclave.gpu !== 'off';
  const packages = kinds.map(
    (kind) => `@node-llama-cpp/${platform}-${process.arch}${kind === 'metal' ? '-metal' : `-${kind}`}`,
  );
  const installed = packages.filter(isInstalled);
  const install = `npm install --no-save ${packages.join(' ')}`;
  const names = gpus.join('; ');
  if (gpus.length === 0)
    return isWanted && installed.length === 0
      ? [note('GPU', 'none that its driver lists, and no GPU package: the model runs on the CPU', install)]
      : [ok('GPU', 'none that nvidia-smi lists: the model runs on the CPU')];
  if (!isWanted)
    return [
      note('GPU', `${names}: not used`, `enclave.gpu: auto in home.yaml, and a GPU package: ${install}`),
    ];
  return installed.length > 0
    ? [ok('GPU', `${names}; ${installed.join(', ')}`)]
    : [note('GPU', `${names}: there, and no GPU package is installed`, install)];
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
