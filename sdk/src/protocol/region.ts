import { type Hex, toHex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { canonicalHash } from './canonical-json.ts';

/** ISO 3166-1 alpha-2, optionally a subdivision (`DE`, `DE-BY`). Declared by the host, and called so. */
export const region = z
  .string()
  .regex(/^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/, 'expected an ISO 3166 code such as DE or DE-BY');

/** The `regionCode` of a receipt: the ASCII code, zero-padded to 8 bytes. */
export function regionCode(code: string): Hex {
  const bytes = new Uint8Array(8);
  bytes.set(new TextEncoder().encode(region.parse(code)));
  return toHex(bytes);
}

export const ANY_REGION: Hex = `0x${'00'.repeat(32)}`;

/** `regionsHash` of a lease request: SHA-256 over the sorted set, zero for "any region". */
export function regionsHash(regions: readonly string[]): Hex {
  return regions.length === 0 ? ANY_REGION : canonicalHash([...new Set(regions)].sort());
}

/** Whether `code` lies in one of `regions` (a country covers its subdivisions); the empty set allows everything. */
export function isInRegions(code: string, regions: readonly string[]): boolean {
  return (
    regions.length === 0 || regions.some((allowed) => code === allowed || code.startsWith(`${allowed}-`))
  );
}
