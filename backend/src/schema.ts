import type { DataSourceOptions } from 'typeorm';
import { Leases1763700000900 } from './auction/auction.migration.ts';
import { auctionEntities } from './auction/entities.ts';
import { LeaseBookDigests1763700002200 } from './auction/lease-book-digests.migration.ts';
import { LeaseBooks1763700002000 } from './auction/lease-books.migration.ts';
import { MarketRecords1763700001600 } from './auction/market-records.migration.ts';
import { Catalogue1763700000700 } from './catalogue/catalogue.migration.ts';
import { catalogueEntities } from './catalogue/entities.ts';
import { indexerEntities } from './indexer/entities.ts';
import { Indexer1763700000400 } from './indexer/indexer.migration.ts';
import { keyEntities } from './keys/entities.ts';
import { ApiKeys1763700000600 } from './keys/keys.migration.ts';
import { ledgerEntities } from './ledger/entities.ts';
import { Ledger1763700000200 } from './ledger/ledger.migration.ts';
import { LedgerBatches1763700001500 } from './ledger/ledger-batches.migration.ts';
import { LedgerReserves1763700001800 } from './ledger/ledger-reserves.migration.ts';
import { logEntities } from './log/entities.ts';
import { TransparencyLog1763700000300 } from './log/log.migration.ts';
import { LogRoots1763700001900 } from './log/log-roots.migration.ts';
import { ChainIdentityEntity } from './platform/chain-identity.entity.ts';
import { Platform1763700000100 } from './platform/platform.migration.ts';
import { providerEntities } from './providers/entities.ts';
import { NodeOutlook1763700002300 } from './providers/node-outlook.migration.ts';
import { AskLog1763700000800 } from './providers/providers.migration.ts';
import { settlementEntities } from './settlement/entities.ts';
import { Reconciliation1763700001550 } from './settlement/reconciliation.migration.ts';
import { Settlement1763700000500 } from './settlement/settlement.migration.ts';

/** Every table there is. Migrations build them, entities describe them, and a test compares the two; `synchronize` is never on. */
export const schema = {
  entities: [
    ChainIdentityEntity,
    ...ledgerEntities,
    ...logEntities,
    ...indexerEntities,
    ...settlementEntities,
    ...keyEntities,
    ...catalogueEntities,
    ...providerEntities,
    ...auctionEntities,
  ],
  migrations: [
    Platform1763700000100,
    Ledger1763700000200,
    TransparencyLog1763700000300,
    Indexer1763700000400,
    Settlement1763700000500,
    ApiKeys1763700000600,
    Catalogue1763700000700,
    AskLog1763700000800,
    Leases1763700000900,
    LedgerBatches1763700001500,
    Reconciliation1763700001550,
    MarketRecords1763700001600,
    LedgerReserves1763700001800,
    LogRoots1763700001900,
    LeaseBooks1763700002000,
    LeaseBookDigests1763700002200,
    NodeOutlook1763700002300,
  ],
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
