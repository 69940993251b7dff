import type { Hex } from '@hearth/attestation/receipt';
import {
  bytes32,
  type LeaseRequestBody,
  leaseGrant,
  leaseRelease,
  leaseRequestBody,
  routes,
  type SignedLeaseRelease,
  signedReceipt,
} from '@hearth/sdk/protocol';
import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { z } from 'zod';
import { LeaseService } from '../auction/lease.service.ts';
import { LeaseReleases } from '../auction/lease-releases.ts';
import { Access, type AuthenticatedRequest, type Principal } from '../platform/access.ts';
import { JobReceipts } from './job-receipts.ts';

@Controller()
@Access('api-key')
export class LeasesController {
  constructor(
    private readonly leases: LeaseService,
    private readonly releases: LeaseReleases,
    private readonly receipts: JobReceipts,
  ) {}

  @Post(routes.leases)
  @HttpCode(200)
  async request(
    @Req() { principal }: AuthenticatedRequest,
    @Body({ schema: leaseRequestBody }) message: LeaseRequestBody,
  ): Promise<z.input<typeof leaseGrant>> {
    return z.encode(leaseGrant, await this.leases.request(principal as Principal, message));
  }

  @Post(routes.leaseReleases)
  @HttpCode(204)
  async release(
    @Req() { principal }: AuthenticatedRequest,
    @Body({ schema: leaseRelease }) message: SignedLeaseRelease,
  ): Promise<void> {
    await this.releases.take(principal as Principal, message);
  }

  @Get(routes.jobReceipt(':leaseId', ':jobId'))
  async receipt(
    @Req() { principal }: AuthenticatedRequest,
    @Param('leaseId', { schema: bytes32 }) leaseId: Hex,
    @Param('jobId', { schema: bytes32 }) jobId: Hex,
  ): Promise<z.input<typeof signedReceipt>> {
    return z.encode(signedReceipt, await this.receipts.of(leaseId, jobId, principal as Principal));
  }
}
