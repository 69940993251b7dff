import { type DynamicModule, Module } from '@nestjs/common';
import { HealthModule } from './health/health.module.ts';
import { IndexerModule } from './indexer/indexer.module.ts';
import { LedgerModule } from './ledger/ledger.module.ts';
import { LogModule } from './log/log.module.ts';
import { Config } from './platform/config.ts';
import { platformModule, type Ports } from './platform/platform.module.ts';

@Module({})
class AppModule {}

/** Every module of the backend, one per folder. */
export function appModule(config: Config, ports: Ports = {}): DynamicModule {
  return {
    module: AppModule,
    imports: [platformModule(config, ports), HealthModule, IndexerModule, LedgerModule, LogModule],
  };
}
