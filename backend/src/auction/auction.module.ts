import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.ts';
import { IndexerModule } from '../indexer/indexer.module.ts';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { LogModule } from '../log/log.module.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { SettlementModule } from '../settlement/settlement.module.ts';
import { AttestedEnclaves } from './attested-enclaves.ts';
import { CitedCheckpoints } from './cited-checkpoint.ts';
import { ClearingRound } from './clearing-round.ts';
import { LeaseService } from './lease.service.ts';
import { LeaseBook } from './lease-book.ts';
import { LeaseLimits } from './lease-limits.ts';
import { LeaseReleases } from './lease-releases.ts';
import { LeaseSeals } from './lease-seals.ts';
import { LeaseStoreModule } from './lease-store.module.ts';
import { MarketBook } from './market-book.ts';
import { NodeStandings } from './node-standings.ts';
import { OfferDesk } from './offer-desk.ts';
import { OfferRound } from './offer-round.ts';
import { OpenOrders } from './open-orders.ts';
import { ReceiptMessages } from './receipt-messages.ts';

@Module({
  imports: [
    CatalogueModule,
    IndexerModule,
    LeaseStoreModule,
    LedgerModule,
    LogModule,
    ProvidersModule,
    SettlementModule,
  ],
  providers: [
    MarketBook,
    AttestedEnclaves,
    CitedCheckpoints,
    ClearingRound,
    NodeStandings,
    OfferDesk,
    OfferRound,
    OpenOrders,
    LeaseSeals,
    LeaseBook,
    LeaseLimits,
    LeaseReleases,
    LeaseService,
    ReceiptMessages,
  ],
  exports: [MarketBook, AttestedEnclaves, LeaseStoreModule, LeaseBook, LeaseReleases, LeaseService],
})
export class AuctionModule {}
