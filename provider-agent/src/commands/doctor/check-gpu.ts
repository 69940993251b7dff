import { createRequire } from 'node:module';
import type { HomeConfig } from '../../config/home-config.ts';
import { type GpuBackend, gpuPackages } from '../../enclave/inference/gpu-choice.ts';
import { detectHardware } from '../init/detect.ts';
import { type Finding, fail, note, ok } from './finding.ts';

const require = createRequire(import.meta.url);
const kinds = process.platform === 'darwin' ? (['metal'] as const) : (['vulkan', 'cuda'] as const);

/** A GPU that is there and not used, or wanted and not there. */
export async function checkGpu(config: Pick<HomeConfig, 'enclave'>): Promise<Finding[]> {
  const { gpus } = await detectHardware();
  return [judgeGpu(config.enclave.gpu ?? 'off', gpus, kinds.filter(isInstalled))];
}

/** @param installed kinds whose builds are there */
export function judgeGpu(
  wanted: NonNullable<HomeConfig['enclave']['gpu']>,
  gpus: readonly string[],
  installed: readonly string[],
): Finding {
  const there = gpus.join('; ') || 'none that nvidia-smi lists';
  const builds = installed.length > 0 ? `builds for ${installed.join(', ')}` : 'no build for one';
  const get = `npm run gpu -- ${wanted === 'auto' || wanted === 'off' ? 'vulkan' : wanted}`;
  if (wanted !== 'off' && wanted !== 'auto' && !installed.includes(wanted))
    return fail('GPU', `enclave.gpu is ${wanted}, and there is no build for it`, get);
  if (wanted === 'auto' && installed.length === 0)
    return note('GPU', `${there}; ${builds}: the model runs on the CPU`, get);
  if (wanted === 'off' && gpus.length > 0)
    return note('GPU', `${there}: not used`, `enclave.gpu: auto in home.yaml, after  ${get}`);
  return ok('GPU', wanted === 'off' ? `${there}: the model runs on the CPU` : `${there}; ${builds}`);
}

const isInstalled = (kind: Exclude<GpuBackend, false>): boolean =>
  gpuPackages(kind, process.platform, process.arch).every((name) => {
    try {
      require.resolve(`${name}/package.json`);
      return true;
    } catch {
      return false;
    }
  });
