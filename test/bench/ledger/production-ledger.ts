import type { Hex } from '@hearth/attestation';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { applicationModule } from '../../market/application-module.ts';
import { hashOf } from './hashes.ts';
import type { HoldAndCapture } from './job-load.ts';

type HoldService = typeof import('../../../backend/src/ledger/hold.service.ts').HoldService;
type CaptureService = typeof import('../../../backend/src/ledger/capture.service.ts').CaptureService;
type ChainBooking = typeof import('../../../backend/src/ledger/chain-booking.ts').ChainBooking;
type Wiring = ConstructorParameters<HoldService>;

/** The production ledger over one database: its own services, group commits, schema and signatures. */
export interface ProductionLedger extends HoldAndCapture {
  readonly dataSource: DataSource;
  /** Books deposits and orders as from the chain. Every order may spend `microUsd`. */
  openOrders(orderHashes: readonly Hex[], microUsd: bigint): Promise<void>;
  stop(): Promise<void>;
}

const address = `0x${'ab'.repeat(20)}` as const;
const leaseLifetimeMs = 600_000;
const validUntilUnixSec = 4_000_000_000n;

export async function openProductionLedger(databaseUrl: string): Promise<ProductionLedger> {
  const [clocks, configs, keys, transacting, commits, schema, typeorm] = await Promise.all([
    applicationModule<typeof import('../../../backend/src/platform/clock.ts')>('backend', 'platform/clock'),
    applicationModule<typeof import('../../../backend/src/platform/config.ts')>('backend', 'platform/config'),
    applicationModule<typeof import('../../../backend/src/platform/log-key.ts')>(
      'backend',
      'platform/log-key',
    ),
    applicationModule<typeof import('../../../backend/src/platform/transactions.ts')>(
      'backend',
      'platform/transactions',
    ),
    applicationModule<typeof import('../../../backend/src/platform/group-commit.ts')>(
      'backend',
      'platform/group-commit',
    ),
    applicationModule<typeof import('../../../backend/src/schema.ts')>('backend', 'schema'),
    import('typeorm'),
  ]);
  const config = configs.loadConfig({
    DATABASE_URL: databaseUrl,
    RPC_URL: 'http://unused',
    CHAIN_ID: '31337',
    TOKEN: address,
    REGISTRY: address,
    SETTLEMENT: address,
    OPERATOR_PRIVATE_KEY: '01'.repeat(32),
    LOG_PRIVATE_KEY: '02'.repeat(32),
  });
  const options: DataSourceOptions = schema.dataSourceOptions(databaseUrl);
  const dataSource = await new typeorm.DataSource(options).initialize();
  const transactions = new transacting.Transactions(dataSource);
  const clock = new clocks.SystemClock();
  const { holds, captures, booking } = await services(transactions, clock, new keys.LogKey(config), config);
  const holdCommits = new commits.GroupCommit(transactions, holds.holdAll.bind(holds));
  const captureCommits = new commits.GroupCommit(transactions, captures.captureAll.bind(captures));
  return {
    dataSource,
    openOrders: async (orderHashes, microUsd) => {
      const facts = orderHashes.flatMap((orderHash) => {
        const base = (kind: string) => ({ chainRef: 1, factId: `event:${kind}:${orderHash}` });
        const order = { orderHash, buyer: address, maxSpendMicroUsd: microUsd, validUntilUnixSec };
        return [
          { ...base('in'), kind: 'deposited' as const, buyer: address, microUsd },
          { ...base('open'), kind: 'order-opened' as const, ...order, maxSpendPerEnclaveMicroUsd: microUsd },
        ];
      });
      for (const fact of facts) await transactions.run((tx) => booking.applyAll(tx, [fact]));
    },
    hold: async ({ id, orderHash, enclaveKey, picoUsd }) => {
      const expiresAtMs = clock.nowMs() + leaseLifetimeMs;
      const request = {
        leaseId: hashOf('lease', orderHash, id),
        orderHash,
        enclaveKey,
        wantedPicoUsd: picoUsd,
        expiresAtMs,
      };
      await holdCommits.submit(request);
    },
    capture: async ({ id, orderHash, enclaveKey }, cumulativePicoUsd) => {
      const receiptHash = hashOf('receipt', orderHash, id);
      const leaseId = hashOf('lease', orderHash, id);
      await captureCommits.submit({ receiptHash, orderHash, enclaveKey, leaseId, cumulativePicoUsd });
    },
    stop: () => dataSource.destroy(),
  };
}

/** As `ledger.module.ts` wires them. */
async function services(
  transactions: Wiring[0],
  clock: Wiring[6],
  logKey: Wiring[5],
  config: Wiring[7],
): Promise<{
  holds: InstanceType<HoldService>;
  captures: InstanceType<CaptureService>;
  booking: InstanceType<ChainBooking>;
}> {
  const [journals, books, grants, statements, holding, capturing, bookings] = await Promise.all([
    applicationModule<typeof import('../../../backend/src/ledger/journal.ts')>('backend', 'ledger/journal'),
    applicationModule<typeof import('../../../backend/src/ledger/hold-book.ts')>(
      'backend',
      'ledger/hold-book',
    ),
    applicationModule<typeof import('../../../backend/src/ledger/hold-grants.ts')>(
      'backend',
      'ledger/hold-grants',
    ),
    applicationModule<typeof import('../../../backend/src/ledger/hold-statements.ts')>(
      'backend',
      'ledger/hold-statements',
    ),
    applicationModule<typeof import('../../../backend/src/ledger/hold.service.ts')>(
      'backend',
      'ledger/hold.service',
    ),
    applicationModule<typeof import('../../../backend/src/ledger/capture.service.ts')>(
      'backend',
      'ledger/capture.service',
    ),
    applicationModule<typeof import('../../../backend/src/ledger/chain-booking.ts')>(
      'backend',
      'ledger/chain-booking',
    ),
  ]);
  const journal = new journals.Journal(clock);
  const book = new books.HoldBook(journal);
  const holdGrants = new grants.HoldGrants();
  const signed = new statements.HoldStatements();
  return {
    holds: new holding.HoldService(transactions, book, holdGrants, signed, journal, logKey, clock, config),
    captures: new capturing.CaptureService(book, holdGrants, journal),
    booking: new bookings.ChainBooking(book, journal),
  };
}
