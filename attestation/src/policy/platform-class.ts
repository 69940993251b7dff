import type { Hex } from '../receipt/hex.ts';

/**
 * Where a machine stands, which no signature can tell: physical attacks (TEE.fail) yield genuine keys to whoever holds
 * the machine. `cloud`: operated by a provider that lists its hosts; `registered`: known to some registry otherwise;
 * `unlisted`: nobody vouches for its place.
 */
export const platformClasses = ['cloud', 'registered', 'unlisted'] as const;

export type PlatformClass = (typeof platformClasses)[number];

/** The identity of one machine or device, as verified evidence states it. */
export type PlatformIdentity = {
  readonly kind: 'ppid' | 'chip-id' | 'gpu-serial';
  /** As in the evidence. */
  readonly id: Hex;
  /** keccak256 of `id`'s bytes: its public name. */
  readonly platformId: Hex;
};

/** Answers from a listing that the caller fetched beforehand; pure. */
export type PlatformRegistry = (platform: PlatformIdentity) => PlatformClass;

/** For callers without a listing. */
export const noRegistry: PlatformRegistry = () => 'unlisted';
