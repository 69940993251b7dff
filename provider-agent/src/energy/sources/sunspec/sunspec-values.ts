import type { Model } from './model-chain.ts';

export type SunSpecValue = {
  readonly name: 'inverterW' | 'meterW' | 'storagePercent';
  readonly value: number | null;
};

const isInverter = (id: number) => (id >= 101 && id <= 103) || (id >= 111 && id <= 113);
const isMeter = (id: number) => (id >= 201 && id <= 204) || (id >= 211 && id <= 214);

/** Whether a model says anything that the site model uses. */
export const isUseful = ({ id }: Model) => isInverter(id) || isMeter(id) || id === 124;

/**
 * What a model's registers say; null: the device declares that it does not know. Integers carry a scale factor (`*_SF`);
 * models 111–113 and 211–214 are the same in IEEE floats. Signs differ by vendor: the mapping settles them.
 */
export function valuesOf({ id }: Model, registers: readonly number[]): SunSpecValue[] {
  if (id >= 111 && id <= 113) return [{ name: 'inverterW', value: float(registers, 20) }];
  if (isInverter(id)) return [{ name: 'inverterW', value: scaled(registers, 12, 13) }];
  if (id >= 211 && id <= 214) return [{ name: 'meterW', value: float(registers, 26) }];
  if (isMeter(id)) return [{ name: 'meterW', value: scaled(registers, 16, 20) }];
  if (id === 124) return [{ name: 'storagePercent', value: unsignedScaled(registers, 6, 20) }];
  return [];
}

const NOT_IMPLEMENTED_INT16 = 0x8000;
const NOT_IMPLEMENTED_UINT16 = 0xffff;

const signed = (register: number) => (register << 16) >> 16;

function scaled(registers: readonly number[], at: number, scaleAt: number): number | null {
  const raw = registers[at];
  if (raw === undefined || raw === NOT_IMPLEMENTED_INT16) return null;
  return withScale(signed(raw), registers[scaleAt]);
}

function unsignedScaled(registers: readonly number[], at: number, scaleAt: number): number | null {
  const raw = registers[at];
  if (raw === undefined || raw === NOT_IMPLEMENTED_UINT16) return null;
  return withScale(raw, registers[scaleAt]);
}

/** An unknown scale factor makes the value unknown; valid ones lie within ±10. */
function withScale(value: number, register: number | undefined): number | null {
  if (register === undefined || register === NOT_IMPLEMENTED_INT16) return null;
  const scale = signed(register);
  return Math.abs(scale) > 10 ? null : value * 10 ** scale;
}

function float(registers: readonly number[], at: number): number | null {
  const [high, low] = [registers[at], registers[at + 1]];
  if (high === undefined || low === undefined) return null;
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, high);
  view.setUint16(2, low);
  const value = view.getFloat32(0);
  return Number.isNaN(value) ? null : value;
}
