import { Module } from '@nestjs/common';
import { AuctionModule } from '../auction/auction.module.ts';
import { LogModule } from '../log/log.module.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { SettlementModule } from '../settlement/settlement.module.ts';
import { JobsEndpoint } from './jobs-endpoint.ts';
import { LostJobs } from './lost-jobs.ts';

@Module({
  imports: [AuctionModule, LogModule, ProvidersModule, SettlementModule],
  providers: [LostJobs, JobsEndpoint],
})
export class GatewayModule {}
