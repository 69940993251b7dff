import type { Hex } from '@hearth/attestation/receipt';
import {
  type AskBook,
  type MarketFacts,
  type NodePlace,
  type Period,
  PeriodTally,
  poolMembers,
} from '@hearth/sdk/market';
import { jobClasses, type LogEntry } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CatalogueService } from '../catalogue/catalogue.service.ts';
import { LogEntries } from '../log/log-entries.ts';
import { AskLog } from '../providers/ask-log.ts';
import { CountedReceipts } from './counted-receipts.ts';

const counted = ['receipt', 'window', 'clearing', 'reject', 'slot-counter', 'abort', 'miss'] as const;
/** Leaves per read: bounds memory. */
const pageSize = 10_000;

/** Reads what a table is made of: the period's leaves, and where the nodes in them stand. */
@Injectable()
export class PeriodReader {
  constructor(
    private readonly logEntries: LogEntries,
    private readonly askLog: AskLog,
    private readonly catalogue: CatalogueService,
    private readonly receipts: CountedReceipts,
  ) {}

  async read(
    tx: EntityManager,
    book: AskBook,
    facts: MarketFacts,
    toIndex: number,
    atMs: number,
  ): Promise<Period> {
    const sellers = new Map<Hex, Hex>();
    const tally = new PeriodTally((askId) => sellers.get(askId));
    for (let from = facts.coveredSize; from < toIndex; from += pageSize) {
      const range = { from, to: Math.min(toIndex, from + pageSize) };
      const page = await this.logEntries.ofKinds(tx, counted, range);
      await this.learnSellers(
        tx,
        page.map(({ entry }) => entry),
        sellers,
      );
      const isCounted = await this.receipts.among(tx, page);
      for (const { index, entry } of page) if (entry.kind !== 'receipt' || isCounted(index)) tally.add(entry);
    }
    const asks = this.catalogue
      .models()
      .flatMap(({ modelDigest }) =>
        Object.values(jobClasses).flatMap((jobClass) => book.asksFor(modelDigest, jobClass, toIndex)),
      );
    const members = poolMembers(asks, atMs);
    const places = await this.askLog.newestPlaces(tx, [...tally.nodes.keys()], toIndex);
    return {
      facts,
      toIndex,
      atMs,
      tally,
      placeOf: (nodeKey): NodePlace | undefined => {
        const place = places.get(nodeKey);
        return place && { ...place, pools: members.poolsOf(nodeKey) };
      },
      membersOf: members.membersOf,
    };
  }

  /** A winner may have asked long before the period. */
  private async learnSellers(
    tx: EntityManager,
    entries: readonly LogEntry[],
    sellers: Map<Hex, Hex>,
  ): Promise<void> {
    const winners = entries.flatMap((entry) =>
      entry.kind === 'clearing' ? [entry.clearing.winner.askId] : [],
    );
    const unknown = [...new Set(winners)].filter((askId) => !sellers.has(askId));
    for (const [askId, nodeKey] of await this.askLog.nodesOf(tx, unknown)) sellers.set(askId, nodeKey);
  }
}
