import { type DynamicModule, Global, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../schema.ts';
import { AccessGuard } from './access.ts';
import { BeaconSource } from './beacon-source.ts';
import { ChainClient, toBeacon } from './chain-client.ts';
import { ChainIdentity } from './chain-identity.ts';
import { Clock, SystemClock } from './clock.ts';
import { Config } from './config.ts';
import { DrandRounds } from './drand-rounds.ts';
import { ErrorFilter } from './error-filter.ts';
import { LogKey } from './log-key.ts';
import { Loops } from './loops.ts';
import { Metrics } from './metrics.ts';
import { Random, SystemRandom } from './random.ts';
import { Readiness } from './readiness.ts';
import { StructuredLog } from './structured-log.ts';
import { Transactions } from './transactions.ts';
import { WakeUps } from './wake-ups.ts';

/** The ports a test may replace. */
export interface Ports {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: StructuredLog;
}

@Global()
@Module({})
class PlatformModule {}

/** What every other module stands on: configuration, ports, database, chain, queue, guard and filter. */
export function platformModule(config: Config, ports: Ports): DynamicModule {
  const services = [ChainClient, LogKey, Loops, Metrics, Readiness, Transactions];
  return {
    module: PlatformModule,
    imports: [TypeOrmModule.forRoot(dataSourceOptions(config.databaseUrl))],
    providers: [
      { provide: Config, useValue: config },
      { provide: Clock, useValue: ports.clock ?? new SystemClock() },
      { provide: Random, useValue: ports.random ?? new SystemRandom() },
      { provide: StructuredLog, useValue: ports.log ?? new StructuredLog(config.logLevel) },
      {
        provide: ChainIdentity,
        useFactory: ChainIdentity.resolve,
        inject: [Config, ChainClient, DataSource],
      },
      { provide: BeaconSource, useFactory: firstBeacon, inject: [ChainClient, Clock] },
      { provide: WakeUps, useFactory: preparedWakeUps, inject: [Config, StructuredLog] },
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_FILTER, useClass: ErrorFilter },
      { provide: APP_PIPE, useFactory: () => new StandardSchemaValidationPipe() },
      DrandRounds,
      ...services,
    ],
    exports: [Config, Clock, Random, StructuredLog, ChainIdentity, BeaconSource, WakeUps, ...services],
  };
}

async function firstBeacon(chain: ChainClient, clock: Clock): Promise<BeaconSource> {
  const beacons = new BeaconSource(clock);
  beacons.see(toBeacon(await chain.finalized()));
  return beacons;
}

async function preparedWakeUps(config: Config, log: StructuredLog): Promise<WakeUps> {
  const wakeUps = new WakeUps(config, log);
  await wakeUps.prepare();
  return wakeUps;
}
