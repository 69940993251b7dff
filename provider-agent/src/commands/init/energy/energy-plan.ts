import type { SourceConfig } from '../../../energy/config/source-config.ts';
import type { Mode } from '../../../energy/policy/policy-types.ts';

/** What the person and the meters have said about the energy of this home. */
export type EnergyPlan = {
  readonly timeZone: string;
  readonly sources: readonly SourceConfig[];
  readonly hasSolar: boolean;
  readonly hasBattery: boolean;
  readonly breakerAmps: number;
  readonly measuredBy: 'node' | 'grid';
  readonly currency: string;
  readonly importPerKwh: number;
  readonly exportPerKwh: number;
  readonly mode: Mode;
  readonly reservePercent: number | undefined;
  readonly idleWatts: number;
  readonly workWatts: number;
  readonly slots: number;
  readonly isShadow: boolean;
};

/** A secret that the person has typed: for the secrets file alone. */
export type Secrets = Readonly<Record<string, string>>;
