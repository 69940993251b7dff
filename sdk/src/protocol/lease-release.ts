import { fromHex, type Hex, hashLeaseRelease, isSignedBy, signDigest } from '@hearth/attestation/receipt';
import type { Eip712Domain } from '@hearth/contracts';
import { z } from 'zod';
import type { Lease } from './lease.ts';
import { leaseReleaseCodec } from './structs.ts';
import { signature65 } from './units.ts';

/**
 * A lease given back by its buyer, as it is posted and as the gateway passes it to the node: no job begins on it any more, one
 * under way goes on. Said once or many times it means the same, so nobody gains by repeating it.
 */
export const leaseRelease = z.strictObject({ release: leaseReleaseCodec, signature: signature65 });
export type SignedLeaseRelease = z.infer<typeof leaseRelease>;

export function signLeaseRelease(
  domain: Eip712Domain,
  { leaseId, orderHash }: Pick<Lease, 'leaseId' | 'orderHash'>,
  sessionPrivateKey: Hex,
): SignedLeaseRelease {
  const release = { leaseId, orderHash };
  return { release, signature: signDigest(hashLeaseRelease(domain, release), fromHex(sessionPrivateKey)) };
}

/** Whether it is the word of the one to whom this lease was sold. */
export function isReleased(
  domain: Eip712Domain,
  { leaseId, orderHash, sessionKey }: Pick<Lease, 'leaseId' | 'orderHash' | 'sessionKey'>,
  { release, signature }: SignedLeaseRelease,
): boolean {
  return (
    release.leaseId === leaseId &&
    release.orderHash === orderHash &&
    isSignedBy(hashLeaseRelease(domain, release), signature, sessionKey)
  );
}
