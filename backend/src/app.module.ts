import { type DynamicModule, Module } from '@nestjs/common';
import { HealthModule } from './health/health.module.ts';
import { LedgerModule } from './ledger/ledger.module.ts';
import { LogModule } from './log/log.module.ts';
import { Config } from './platform/config.ts';
import { PlatformModule, type Ports } from './platform/platform.module.ts';

@Module({})
export class AppModule {
  static forRoot(config: Config, ports: Ports = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [PlatformModule.forRoot(config, ports), HealthModule, LedgerModule, LogModule],
    };
  }
}
