import type { DataSourceOptions } from 'typeorm';
import { indexerEntities } from './indexer/entities.ts';
import { Indexer1763700000400 } from './indexer/indexer.migration.ts';
import { ledgerEntities } from './ledger/entities.ts';
import { Ledger1763700000200 } from './ledger/ledger.migration.ts';
import { logEntities } from './log/entities.ts';
import { TransparencyLog1763700000300 } from './log/log.migration.ts';
import { ChainIdentityEntity } from './platform/chain-identity.entity.ts';
import { Platform1763700000100 } from './platform/platform.migration.ts';

/** Every table there is. Migrations build them, entities describe them, and a test compares the two; `synchronize` is never on. */
export const schema = {
  entities: [ChainIdentityEntity, ...ledgerEntities, ...logEntities, ...indexerEntities],
  migrations: [Platform1763700000100, Ledger1763700000200, TransparencyLog1763700000300, Indexer1763700000400],
};

export function dataSourceOptions(databaseUrl: string): DataSourceOptions {
  return {
    type: 'postgres',
    url: databaseUrl,
    ...schema,
    synchronize: false,
    migrationsRun: true,
    migrationsTransactionMode: 'each',
    // `findOneBy({id: undefined})` would otherwise return the first row.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    poolSize: 10,
    extra: { statement_timeout: 15_000, idle_in_transaction_session_timeout: 30_000 },
  };
}
