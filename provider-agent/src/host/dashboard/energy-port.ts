import type { OwnerWishes } from '../../energy/policy/policy-types.ts';
import type { EnergySnapshot } from '../../energy/snapshot.ts';

/** What the page needs of the energy side, where the home has one. */
export interface EnergyPort {
  snapshot(): EnergySnapshot;
  onChange(listener: () => void): void;
  /** Kept on disk; members that are left out stay as they are. */
  wish(wishes: Partial<OwnerWishes>): Promise<void> | void;
}
