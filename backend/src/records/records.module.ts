import { Module } from '@nestjs/common';
import { AuctionModule } from '../auction/auction.module.ts';
import { CatalogueModule } from '../catalogue/catalogue.module.ts';
import { LogModule } from '../log/log.module.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { CountedReceipts } from './counted-receipts.ts';
import { MarketRecorder } from './market-recorder.ts';
import { PeriodReader } from './period-reader.ts';

@Module({
  imports: [AuctionModule, CatalogueModule, LogModule, ProvidersModule],
  providers: [CountedReceipts, PeriodReader, MarketRecorder],
})
export class RecordsModule {}
