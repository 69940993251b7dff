import { type LeaseRequestBody, leaseGrant, leaseRequestBody, routes } from '@hearth/sdk/protocol';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { z } from 'zod';
import { LeaseService } from '../auction/lease.service.ts';
import { Access, type AuthenticatedRequest, type Principal } from '../platform/access.ts';

@Controller()
@Access('api-key')
export class LeasesController {
  constructor(private readonly leases: LeaseService) {}

  @Post(routes.leases)
  @HttpCode(200)
  async request(
    @Req() { principal }: AuthenticatedRequest,
    @Body({ schema: leaseRequestBody }) message: LeaseRequestBody,
  ): Promise<z.input<typeof leaseGrant>> {
    return z.encode(leaseGrant, await this.leases.request(principal as Principal, message));
  }
}
