import { HearthError, type ToAgent } from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { AgentLink } from '../providers/agent-link.ts';
import { type AgentMessageOf, LinkRegistry } from '../providers/link-registry.ts';
import { ReceiptIntake } from '../settlement/receipt-intake.ts';

/** Receipts that arrive over a link: stored before they are acknowledged, because the journal then forgets them. */
@Injectable()
export class ReceiptMessages implements OnModuleInit {
  constructor(
    private readonly links: LinkRegistry,
    private readonly intake: ReceiptIntake,
  ) {}

  onModuleInit(): void {
    this.links.handle('receipt', (link, message) => this.take(link, message));
  }

  private async take(link: AgentLink, { receipt, cap, leaf }: AgentMessageOf<'receipt'>): Promise<ToAgent> {
    if (leaf.body.nodeKey !== link.nodeKey)
      throw new HearthError(
        'invalid_request',
        `receipt leaf: expected one of node ${link.nodeKey}, got ${leaf.body.nodeKey}`,
      );
    const { receiptHash } = await this.intake.ingest({ signed: receipt, cap, leaf });
    return { type: 'receipt-stored', receiptHash };
  }
}
