import { Module } from '@nestjs/common';
import { AuctionModule } from '../auction/auction.module.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { JobsEndpoint } from './jobs-endpoint.ts';

@Module({ imports: [AuctionModule, ProvidersModule], providers: [JobsEndpoint] })
export class GatewayModule {}
