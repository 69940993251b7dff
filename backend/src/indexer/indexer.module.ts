import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { ChainFacts } from './chain-facts.ts';
import { ChainIndexer } from './chain-indexer.ts';
import { EventStore } from './event-store.ts';
import { SafeBooking } from './safe-booking.ts';

@Module({
  imports: [LedgerModule],
  providers: [EventStore, SafeBooking, ChainIndexer, ChainFacts],
  exports: [ChainIndexer, ChainFacts, EventStore],
})
export class IndexerModule {}
