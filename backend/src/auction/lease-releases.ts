import { HearthError, isReleased, type SignedLeaseRelease } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { HoldService } from '../ledger/hold.service.ts';
import type { Principal } from '../platform/access.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { RateLimits } from '../platform/rate-limits.ts';
import { LinkRegistry } from '../providers/link-registry.ts';
import { LeaseBook } from './lease-book.ts';

const perKey = { burst: 60, perSecond: 20 };

/**
 * Leases that their buyers give back before their time. The log hears of it by the node's next slot counter, which is what
 * clearings count by; the Hold's unused rest serves the next lease of the pair, and others once the node's copy of it has expired.
 */
@Injectable()
export class LeaseReleases {
  private readonly rate = new RateLimits('lease releases of an API key', perKey);

  constructor(
    private readonly leases: LeaseBook,
    private readonly holds: HoldService,
    private readonly links: LinkRegistry,
    private readonly chain: ChainIdentity,
    private readonly clock: Clock,
  ) {}

  /** Said again, it does nothing new. @throws HearthError `rate_limited`, `lease_invalid`, `invalid_signature` */
  async take({ keyId, ownerId }: Principal, message: SignedLeaseRelease): Promise<void> {
    this.rate.take(keyId, this.clock.nowMs());
    const { leaseId } = message.release;
    const lease = await this.leases.known(leaseId);
    if (lease?.owner !== ownerId)
      throw new HearthError('lease_invalid', `release: expected a lease of this API key's account`);
    const { terms } = lease;
    if (!isReleased(this.chain.marketDomain, terms, message))
      throw new HearthError(
        'invalid_signature',
        `release of lease ${leaseId}: expected a signature by session key ${terms.sessionKey}`,
      );
    await this.holds.endLease(leaseId);
    this.leases.end(lease);
    this.links.find(terms.nodeKey)?.send({ type: 'release', message });
  }
}
