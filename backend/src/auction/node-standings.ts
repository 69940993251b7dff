import type { Hex } from '@hearth/attestation/receipt';
import { standingLimits } from '@hearth/sdk/market';
import { type StandingLimit, signMessage, standing } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TransparencyLog } from '../log/transparency-log.ts';
import { Clock } from '../platform/clock.ts';
import { LogKey } from '../platform/log-key.ts';
import { Loops } from '../platform/loops.ts';
import type { AgentLink } from '../providers/agent-link.ts';
import { EnclaveDirectory } from '../providers/enclave-directory.ts';
import { LinkRegistry } from '../providers/link-registry.ts';
import { MarketBook } from './market-book.ts';

const intervalMs = 2_000;
/** An enclave that no clearing passed over for this long is attested again, or nobody wanted it. */
const passedOverMs = 60_000;

/** Tells each linked node what the market's records hold against it: when it connects, and when that changes. */
@Injectable()
export class NodeStandings implements OnApplicationBootstrap {
  private readonly told = new WeakMap<AgentLink, string>();
  /** By enclave key: when a clearing last found it not attested. */
  private readonly passedOver = new Map<Hex, number>();

  constructor(
    private readonly book: MarketBook,
    private readonly links: LinkRegistry,
    private readonly enclaves: EnclaveDirectory,
    private readonly log: TransparencyLog,
    private readonly dataSource: DataSource,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ intervalMs, step: () => this.tellNews(), failure: 'market.standing-failed' });
  }

  /** Clearings would have ranked them, had they been attested. */
  notAttested(enclaveKeys: Iterable<Hex>): void {
    for (const enclaveKey of enclaveKeys) this.passedOver.set(enclaveKey, this.clock.nowMs());
  }

  /** Sends what has changed since it was last sent over the same link. */
  async tellNews(): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const [enclaveKey, atMs] of this.passedOver)
      if (atMs + passedOverMs <= nowMs) this.passedOver.delete(enclaveKey);
    const treeSize = await this.log.size(this.dataSource.manager);
    const book = await this.book.upTo(treeSize);
    const facts = this.book.factsAt(treeSize);
    for (const link of this.links.all()) {
      const { nodeKey } = link;
      const asks = book.asksOf(nodeKey, treeSize);
      const limits = [...standingLimits(facts, nodeKey, asks, nowMs), ...this.attestationOf(nodeKey)];
      const said = JSON.stringify(limits);
      if (this.told.get(link) === said) continue;
      this.told.set(link, said);
      const body = { v: 1 as const, nodeKey, treeSize, atMs: nowMs, limits };
      link.send({ type: 'standing', message: signMessage(standing, body, this.logKey) });
    }
  }

  private attestationOf(nodeKey: Hex): StandingLimit[] {
    const enclaveKey = this.enclaves.ofNode(nodeKey)?.statement.enclaveKeys.enclaveKey;
    return enclaveKey !== undefined && this.passedOver.has(enclaveKey)
      ? [{ reason: 'attestation', enclaveKey }]
      : [];
  }
}
