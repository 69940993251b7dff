import { Module } from '@nestjs/common';
import { LogModule } from '../log/log.module.ts';
import { CatalogueService } from './catalogue.service.ts';

@Module({
  imports: [LogModule],
  providers: [CatalogueService],
  exports: [CatalogueService],
})
export class CatalogueModule {}
