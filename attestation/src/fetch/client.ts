import { createCachedSource } from './cached-source.ts';
import type { CacheLimits } from './limits.ts';
import { createNetworkSource, type NetworkSourceOptions } from './network-source.ts';
import { type RollbackFloor, withRollbackFloor } from './rollback-floor.ts';
import type { CollateralSource } from './source.ts';

export type CollateralClientOptions = NetworkSourceOptions & {
  readonly cacheLimits?: CacheLimits;
  /** The caller keeps its state, and raises it after every verdict that passed. */
  readonly floor: RollbackFloor;
};

/** The vendors behind a cache, and nothing older than what was verified before. */
export function createCollateralClient(options: CollateralClientOptions): CollateralSource {
  const { ports, cacheLimits, floor } = options;
  const cached = createCachedSource(createNetworkSource(options), ports.clock, cacheLimits);
  return withRollbackFloor(cached, floor);
}
