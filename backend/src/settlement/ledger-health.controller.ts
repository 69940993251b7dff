import { routes } from '@hearth/sdk/protocol';
import { Controller, Get } from '@nestjs/common';
import { Access } from '../platform/access.ts';
import { ReconciliationWatch } from './reconciliation-watch.ts';

/** For the operator's monitoring; apart from readiness, because a difference in the books must not stop inference. */
@Controller()
@Access('public')
export class LedgerHealthController {
  constructor(private readonly watch: ReconciliationWatch) {}

  @Get(routes.ledgerHealth)
  health(): { explained: true; atBlock: string } {
    return this.watch.assertExplained();
  }
}
