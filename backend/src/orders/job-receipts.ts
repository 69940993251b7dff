import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type SignedReceipt } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { LeaseStore } from '../auction/lease-store.ts';
import type { Principal } from '../platform/access.ts';
import { Receipts } from '../settlement/receipts.ts';

/** What became of one job, for a buyer who broke off its answer and so never read it there. */
@Injectable()
export class JobReceipts {
  constructor(
    private readonly leases: LeaseStore,
    private readonly receipts: Receipts,
  ) {}

  /** The newest receipt of the job. @throws HearthError `not_found`, also for a lease of somebody else */
  async of(leaseId: Hex, jobId: Hex, { ownerId }: Principal): Promise<SignedReceipt> {
    const lease = await this.leases.find(leaseId);
    const known = lease?.owner === ownerId ? await this.receipts.ofLease(leaseId) : [];
    const newest = known.findLast(({ signed }) => signed.receipt.execution.jobId === jobId);
    if (newest) return newest.signed;
    throw new HearthError('not_found', `job ${jobId}: no receipt of it under lease ${leaseId} of yours`);
  }
}
