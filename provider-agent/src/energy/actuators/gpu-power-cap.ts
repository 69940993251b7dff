import type { Setpoint } from '../policy/policy-types.ts';
import { type GpuStatus, gpuStatus, type NvidiaSmi } from '../sources/nvidia-smi.ts';
import type { Actuator } from './actuator.ts';

/** Limits are whole watts on some cards. */
const TOLERANCE_W = 1;

/** `nvidia-smi -pl`: caps each card at its share. Needs root; a card that refuses stays unconfirmed, and the node is then not let grow. */
export class GpuPowerCap implements Actuator {
  readonly #smi: NvidiaSmi;

  constructor(smi: NvidiaSmi) {
    this.#smi = smi;
  }

  async apply({ powerCapW }: Setpoint, signal: AbortSignal): Promise<boolean> {
    if (powerCapW === undefined) return true;
    const before = await gpuStatus(this.#smi, signal);
    const shareW = powerCapW / Math.max(1, before.length);
    const isDone = before.length > 0 && before.every((gpu) => isAt(gpu, shareW));
    if (isDone) return true;
    for (const gpu of before)
      if (!isAt(gpu, shareW)) await this.#smi(['-i', gpu.uuid, '-pl', String(within(gpu, shareW))], signal);
    const after = await gpuStatus(this.#smi, signal);
    return after.length > 0 && after.every((gpu) => isAt(gpu, shareW));
  }
}

const isAt = (gpu: GpuStatus, watts: number) =>
  gpu.enforcedLimitW !== undefined && Math.abs(gpu.enforcedLimitW - within(gpu, watts)) <= TOLERANCE_W;

/** What the card allows. */
function within({ minLimitW = 0, maxLimitW = Number.POSITIVE_INFINITY }: GpuStatus, watts: number): number {
  return Math.floor(Math.max(minLimitW, Math.min(maxLimitW, watts)));
}
