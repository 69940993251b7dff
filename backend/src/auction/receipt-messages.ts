import { HearthError, type ToAgent } from '@hearth/sdk/protocol';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { Turnstile } from '../platform/turnstile.ts';
import type { AgentLink } from '../providers/agent-link.ts';
import { type AgentMessageOf, LinkRegistry } from '../providers/link-registry.ts';
import { ReceiptIntake } from '../settlement/receipt-intake.ts';

/** Of receipts that are stored together: answers wait meanwhile, so it is some ten milliseconds' work. */
const mostAtOnce = 16;

/**
 * Receipts that arrive over links: stored before they are acknowledged, because the journal then forgets them. Nobody but the
 * journal waits for that: they are gathered, and take less of the cores that answers need.
 */
@Injectable()
export class ReceiptMessages implements OnModuleInit, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly turnstile: Turnstile;

  constructor(
    private readonly links: LinkRegistry,
    private readonly intake: ReceiptIntake,
    clock: Clock,
    config: Config,
  ) {
    this.turnstile = new Turnstile(clock, config.receiptGatherMs, mostAtOnce, this.stopping.signal);
  }

  onModuleInit(): void {
    this.links.handle('receipt', (link, message) => this.take(link, message));
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async take(link: AgentLink, { receipt, cap, leaf }: AgentMessageOf<'receipt'>): Promise<ToAgent> {
    if (leaf.body.nodeKey !== link.nodeKey)
      throw new HearthError(
        'invalid_request',
        `receipt leaf: expected one of node ${link.nodeKey}, got ${leaf.body.nodeKey}`,
      );
    await this.turnstile.passed();
    const { receiptHash } = await this.intake.ingest({ signed: receipt, cap, leaf });
    return { type: 'receipt-stored', receiptHash };
  }
}
