import { Module } from '@nestjs/common';
import { LeaseStoreModule } from '../auction/lease-store.module.ts';
import { IndexerModule } from '../indexer/indexer.module.ts';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { LogModule } from '../log/log.module.ts';
import { Equivocations } from './equivocations.ts';
import { LedgerDifferences } from './ledger-differences.ts';
import { LedgerHealthController } from './ledger-health.controller.ts';
import { LogAnchors } from './log-anchors.ts';
import { OperatorWallet } from './operator-wallet.ts';
import { ReceiptBatch } from './receipt-batch.ts';
import { ReceiptChecks } from './receipt-checks.ts';
import { ReceiptIntake } from './receipt-intake.ts';
import { Receipts } from './receipts.ts';
import { Reconciliation } from './reconciliation.ts';
import { ReconciliationWatch } from './reconciliation-watch.ts';
import { SettlementLoop } from './settlement-loop.ts';
import { SettlementOutbox } from './settlement-outbox.ts';
import { SettlementStore } from './settlement-store.ts';
import { SettlementWorker } from './settlement-worker.ts';

@Module({
  imports: [LedgerModule, LogModule, IndexerModule, LeaseStoreModule],
  providers: [
    ReceiptChecks,
    Equivocations,
    Receipts,
    ReceiptBatch,
    ReceiptIntake,
    SettlementOutbox,
    LogAnchors,
    OperatorWallet,
    SettlementStore,
    SettlementWorker,
    SettlementLoop,
    Reconciliation,
    LedgerDifferences,
    ReconciliationWatch,
  ],
  controllers: [LedgerHealthController],
  exports: [Receipts, ReceiptIntake, Reconciliation, ReconciliationWatch, SettlementWorker],
})
export class SettlementModule {}
