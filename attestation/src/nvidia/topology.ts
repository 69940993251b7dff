import type { Hex } from '../bytes/hex.ts';
import { EvidenceError } from '../errors.ts';
import type { DeviceFacts } from './device-facts.ts';
import { pdiLength } from './layout.ts';

/** What the wiring is judged by; the caller has verified both parts. */
export type WiredDevice = {
  readonly platform: { readonly id: Hex } | undefined;
  readonly device: DeviceFacts | undefined;
};

/** Protected PCIe is defined for one machine: eight GPUs behind four switches. */
export const protectedPcieSystem = { gpus: 8, switches: 4 } as const;

/**
 * A device's public id: the serial of its certificate less the first byte (measured: switch reports name their own,
 * and a switch's list holds the id of a GPU whose evidence is public elsewhere).
 */
export function pdiOf({ platform }: Pick<WiredDevice, 'platform'>): Hex | undefined {
  const digits = platform?.id.slice(2);
  if (digits === undefined || digits.length !== 2 * (pdiLength + 1)) return undefined;
  return `0x${digits.slice(2)}`;
}

export function assertSystemSize(gpus: number, switches: number): void {
  if (gpus === protectedPcieSystem.gpus && switches === protectedPcieSystem.switches) return;
  throw new EvidenceError('policy', 'protected PCIe system', {
    expected: `${protectedPcieSystem.gpus} GPUs and ${protectedPcieSystem.switches} switches`,
    actual: `${gpus} and ${switches}`,
  });
}

export function assertOneMode(gpus: readonly WiredDevice[]): void {
  const other = gpus.find(({ device }) => device?.mode !== 'PPCIE');
  if (other === undefined) return;
  throw new EvidenceError('policy', `mode of GPU ${nameOf(other)}`, {
    expected: 'PPCIE, as the others',
    actual: other.device?.mode ?? 'not established',
  });
}

/** Every GPU names exactly the switches that are here. */
export function assertSwitchesNamed(gpus: readonly WiredDevice[], switches: readonly WiredDevice[]): void {
  const here = switches.map(pdiOf);
  for (const gpu of gpus) assertSameSet(`switches at GPU ${nameOf(gpu)}`, here, gpu.device?.switchPdis);
}

/** Every switch names itself as its certificate does, and exactly the GPUs that are here. */
export function assertGpusNamed(gpus: readonly WiredDevice[], switches: readonly WiredDevice[]): void {
  const here = gpus.map(pdiOf);
  for (const one of switches) {
    assertSameSet(`own id of switch ${nameOf(one)}`, [pdiOf(one)], one.device?.switchPdis);
    assertSameSet(`GPUs at switch ${nameOf(one)}`, here, one.device?.gpuPdis);
  }
}

function assertSameSet(
  thing: string,
  expected: readonly (Hex | undefined)[],
  actual: readonly Hex[] | undefined,
): void {
  const isSame =
    actual !== undefined &&
    new Set(expected).size === actual.length &&
    actual.every((one) => expected.includes(one));
  if (isSame) return;
  throw new EvidenceError('binding', thing, {
    expected: expected.map((one) => one ?? 'not established').join(', '),
    actual: actual?.join(', ') || 'none',
  });
}

function nameOf({ platform }: WiredDevice): string {
  return platform?.id ?? 'without a verified serial';
}
