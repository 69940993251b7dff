import { EvidenceError } from '../errors.ts';
import type { RimRole } from './check-ids.ts';
import type { DeviceFacts } from './device-facts.ts';
import { nvdec0MeasurementIndex } from './layout.ts';
import type { Rim } from './rim/parse.ts';

/** What the golden values said of one report. Indices are those of the report's blocks, from 1. */
export type RimComparison = {
  readonly roles: readonly RimRole[];
  readonly compared: number;
  readonly matched: number;
  readonly mismatched: readonly number[];
  /** Active in a manifest, but without meaning on this device. */
  readonly skipped: readonly number[];
  /** Measured by the device, named by no manifest: a policy may demand that there be none. */
  readonly uncovered: readonly number[];
};

export type GoldenSet = ReadonlyMap<number, { readonly role: RimRole; readonly values: readonly string[] }>;

/** The manifest is of the very version that the device runs; NVIDIA answers a wrong question with a valid manifest. */
export function assertRimVersion(role: RimRole, rim: Rim, device: DeviceFacts): void {
  const actual = device[role];
  if (actual !== undefined && actual.toUpperCase() === rim.version.toUpperCase()) return;
  throw new EvidenceError('policy', `${role} RIM, version`, {
    expected: actual ?? `no ${role} RIM: the device names no version`,
    actual: rim.version,
  });
}

/** … and for this chip: versions of two families may be called the same. */
export function assertRimProduct(role: RimRole, rim: Rim, { kind }: DeviceFacts, chip: string): void {
  const expected = `${kind.toUpperCase()} ${plain(chip)}`;
  const actual = `${rim.edition.toUpperCase()} ${plain(rim.product)}`;
  if (actual === expected) return;
  throw new EvidenceError('policy', `${role} RIM, product`, { expected, actual });
}

/** Active golden values by index from 0. An index that two manifests claim is an error, even if they agree. */
export function joinGolden(rims: readonly { readonly role: RimRole; readonly rim: Rim }[]): GoldenSet {
  const golden = new Map<number, { role: RimRole; values: readonly string[] }>();
  for (const { role, rim } of rims) {
    for (const { index, active, values } of rim.measurements) {
      if (!active) continue;
      if (golden.has(index)) {
        throw new EvidenceError('collateral', `golden measurement ${index}`, {
          expected: 'active in one RIM',
          actual: 'active in two',
        });
      }
      golden.set(index, { role, values });
    }
  }
  return golden;
}

/** Golden index i speaks of block i + 1; any of its alternatives will do. */
export function compareGolden(golden: GoldenSet, device: DeviceFacts): RimComparison {
  const blocks = new Map(device.measurements.map(({ index, value }) => [index, value]));
  const mismatched: number[] = [];
  const skipped: number[] = [];
  const roles = new Set<RimRole>();
  let compared = 0;
  for (const [index, { role, values }] of golden) {
    roles.add(role);
    if (index === nvdec0MeasurementIndex && device.nvdec0 === 'disabled') {
      skipped.push(index + 1);
      continue;
    }
    compared += 1;
    const block = blocks.get(index + 1);
    if (block === undefined || !values.includes(block)) mismatched.push(index + 1);
  }
  return {
    roles: [...roles],
    compared,
    matched: compared - mismatched.length,
    mismatched,
    skipped,
    uncovered: [...blocks.keys()].filter((index) => !golden.has(index - 1)),
  };
}

export function assertAllMatch({ compared, mismatched }: RimComparison): void {
  if (compared > 0 && mismatched.length === 0) return;
  throw new EvidenceError('policy', 'measurements', {
    expected: compared === 0 ? 'at least one active golden value' : `all ${compared} as in the RIMs`,
    actual: compared === 0 ? 'none' : `others in blocks ${mismatched.join(', ')}`,
  });
}

/** Certificates write LS_10 where manifests write LS10. */
function plain(chip: string): string {
  return chip.replaceAll('_', '').toUpperCase();
}
