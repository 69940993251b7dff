import { Module } from '@nestjs/common';
import { AuctionModule } from '../auction/auction.module.ts';
import { LogModule } from '../log/log.module.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { CatalogueModule } from './catalogue.module.ts';
import { MarketController } from './market.controller.ts';
import { MarketListing } from './market-listing.ts';

@Module({
  imports: [CatalogueModule, AuctionModule, LogModule, ProvidersModule],
  controllers: [MarketController],
  providers: [MarketListing],
})
export class MarketModule {}
