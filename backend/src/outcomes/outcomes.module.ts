import { Module } from '@nestjs/common';
import { AuctionModule } from '../auction/auction.module.ts';
import { CatalogueModule } from '../catalogue/catalogue.module.ts';
import { LogModule } from '../log/log.module.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { NodeOutcomesService } from './node-outcomes.service.ts';
import { NodePlacing } from './node-placing.ts';
import { OutcomesController } from './outcomes.controller.ts';

@Module({
  imports: [AuctionModule, CatalogueModule, LogModule, ProvidersModule],
  controllers: [OutcomesController],
  providers: [NodePlacing, NodeOutcomesService],
})
export class OutcomesModule {}
