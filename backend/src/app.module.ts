import { type DynamicModule, Module } from '@nestjs/common';
import { AuctionModule } from './auction/auction.module.ts';
import { CatalogueModule } from './catalogue/catalogue.module.ts';
import { MarketModule } from './catalogue/market.module.ts';
import { GatewayModule } from './gateway/gateway.module.ts';
import { HealthModule } from './health/health.module.ts';
import { IndexerModule } from './indexer/indexer.module.ts';
import { KeysModule } from './keys/keys.module.ts';
import { LedgerModule } from './ledger/ledger.module.ts';
import { LogModule } from './log/log.module.ts';
import { OrdersModule } from './orders/orders.module.ts';
import { OutcomesModule } from './outcomes/outcomes.module.ts';
import { Config } from './platform/config.ts';
import { type Ports, platformModule } from './platform/platform.module.ts';
import { ProvidersModule } from './providers/providers.module.ts';
import { RecordsModule } from './records/records.module.ts';
import { SettlementModule } from './settlement/settlement.module.ts';
import { TopUpsModule } from './top-ups/top-ups.module.ts';

@Module({})
class AppModule {}

/** Every module of the backend, one per folder. */
export function appModule(config: Config, ports: Ports = {}): DynamicModule {
  return {
    module: AppModule,
    imports: [
      platformModule(config, ports),
      HealthModule,
      IndexerModule,
      LedgerModule,
      LogModule,
      SettlementModule,
      KeysModule,
      CatalogueModule,
      ProvidersModule,
      AuctionModule,
      RecordsModule,
      OutcomesModule,
      OrdersModule,
      MarketModule,
      GatewayModule,
      TopUpsModule,
    ],
  };
}
