import { Module } from '@nestjs/common';
import { AuctionModule } from '../auction/auction.module.ts';
import { IndexerModule } from '../indexer/indexer.module.ts';
import { LogModule } from '../log/log.module.ts';
import { SettlementModule } from '../settlement/settlement.module.ts';
import { JobReceipts } from './job-receipts.ts';
import { LeasesController } from './leases.controller.ts';
import { OrderStates } from './order-states.ts';
import { OrdersController } from './orders.controller.ts';
import { ReceiptProofs } from './receipt-proofs.ts';

@Module({
  imports: [AuctionModule, IndexerModule, LogModule, SettlementModule],
  controllers: [LeasesController, OrdersController],
  providers: [JobReceipts, OrderStates, ReceiptProofs],
})
export class OrdersModule {}
