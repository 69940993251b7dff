import type { Wishes } from '../../energy/service/wishes-file.ts';
import type { Signal } from '../../energy/site/signals.ts';
import type { EnergySnapshot } from '../../energy/snapshot.ts';

/** What the page needs of the energy side, where the home has one. */
export interface EnergyPort {
  snapshot(): EnergySnapshot;
  /** What a sensor says now in our frame, believed or not. */
  reading(signal: Signal): number | undefined;
  onChange(listener: () => void): void;
  /** Kept on disk; members that are left out stay as they are. */
  wish(wishes: Partial<Wishes>): Promise<void> | void;
}
