import type { Eip712Domain } from '@hearth/contracts';
import { HearthError, isReleased, type SignedLeaseRelease } from '@hearth/sdk/protocol';
import type { LeaseBook } from './lease-book.ts';
import type { SlotDesk } from './slot-desk.ts';

export type TakeBackContext = {
  /** Of the settlement contract. */
  readonly domain: Eip712Domain;
  readonly leases: Pick<LeaseBook, 'find'>;
  readonly slots: Pick<SlotDesk, 'release'>;
};

/**
 * A lease that its buyer gives back, by whatever way it is heard. One that is over, or unknown, has nothing to give.
 * @throws HearthError `invalid_signature`: nobody but the buyer ends what was sold
 */
export function takeBack({ domain, leases, slots }: TakeBackContext, message: SignedLeaseRelease): void {
  const leaseId = message.release.leaseId as `0x${string}`;
  const granted = leases.find(leaseId);
  if (!granted) return;
  const { body } = granted.lease;
  if (!isReleased(domain, body, message))
    throw new HearthError(
      'invalid_signature',
      `release of lease ${leaseId}: expected a signature by session key ${body.sessionKey}`,
    );
  slots.release(leaseId);
}
