import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SampleSink } from './energy-source.ts';
import type { Meter } from './polled-source.ts';

const FIELDS = [
  'uuid',
  'power.draw.average',
  'power.draw.instant',
  'enforced.power.limit',
  'power.min_limit',
  'power.max_limit',
  'temperature.gpu',
] as const;

export type GpuStatus = {
  readonly uuid: string;
  readonly powerW: number | undefined;
  readonly enforcedLimitW: number | undefined;
  readonly minLimitW: number | undefined;
  readonly maxLimitW: number | undefined;
  readonly temperatureC: number | undefined;
};

/** Runs `nvidia-smi` with arguments and gives its output back. */
export type NvidiaSmi = (args: readonly string[], signal?: AbortSignal) => Promise<string>;

const run = promisify(execFile);
export const nvidiaSmi: NvidiaSmi = async (args, signal) =>
  (await run('nvidia-smi', [...args], { timeout: 10_000, ...(signal && { signal }) })).stdout;

export async function gpuStatus(smi: NvidiaSmi, signal?: AbortSignal): Promise<GpuStatus[]> {
  return parseGpuStatus(
    await smi([`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits'], signal),
  );
}

/** One line per GPU; what a card does not know is `[N/A]`. */
export function parseGpuStatus(csv: string): GpuStatus[] {
  return csv
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line.split(',').map((cell) => cell.trim());
      if (cells.length !== FIELDS.length)
        throw new Error(`nvidia-smi: expected ${FIELDS.length} columns, got "${line}"`);
      const watts = (index: number) => {
        const number = Number(cells[index]);
        return Number.isFinite(number) ? number : undefined;
      };
      return {
        uuid: cells[0] ?? '',
        powerW: watts(1) ?? watts(2),
        enforcedLimitW: watts(3),
        minLimitW: watts(4),
        maxLimitW: watts(5),
        temperatureC: watts(6),
      };
    });
}

/** Draw and heat of all NVIDIA cards. A GPU is not wall power: `restW` stands for the rest of the machine. */
export class NvidiaMeter implements Meter {
  readonly #smi: NvidiaSmi;
  readonly #restW: number;

  constructor(smi: NvidiaSmi, restW: number) {
    this.#smi = smi;
    this.#restW = restW;
  }

  async read(sink: SampleSink, signal: AbortSignal): Promise<void> {
    const gpus = await gpuStatus(this.#smi, signal);
    if (gpus.length === 0) throw new Error('nvidia-smi lists no GPU');
    const watts = gpus.map(({ powerW }) => powerW);
    const known = watts.filter((each) => each !== undefined);
    const isComplete = known.length === watts.length;
    const total = known.reduce((sum, each) => sum + each, this.#restW);
    sink.sample(
      { signal: 'nodeW', unit: 'W', isInverted: false },
      { value: isComplete ? total : null, isPartial: true },
    );
    const temperatures = gpus.flatMap(({ temperatureC }) => temperatureC ?? []);
    const hottest = temperatures.length > 0 ? Math.max(...temperatures) : null;
    sink.sample({ signal: 'temperatureC', unit: '°C', isInverted: false }, { value: hottest });
  }
}
