import { createHash } from 'node:crypto';
import type { Hex } from '@hearth/attestation';

/** A 32-byte name for a thing; as wide and as random as the real ones, so that rows and indexes are too. */
export function hashOf(...name: readonly (string | number)[]): Hex {
  return `0x${createHash('sha256').update(name.join(' ')).digest('hex')}`;
}

export const enclaveKeyOf = (index: number): Hex => hashOf('enclave', index).slice(0, 42) as Hex;
