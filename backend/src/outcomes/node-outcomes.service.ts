import type { Hex } from '@hearth/attestation/receipt';
import {
  AskBook,
  type AskOutcome,
  citedFacts,
  foldFacts,
  type MarketFacts,
  noFacts,
  outcomeRule,
  tallyOutcomes,
} from '@hearth/sdk/market';
import { type Clearing, HearthError, type NodeOutcomes } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CatalogueService } from '../catalogue/catalogue.service.ts';
import { pricesOf } from '../catalogue/price-cards.ts';
import { LogEntries } from '../log/log-entries.ts';
import { TransparencyLog } from '../log/transparency-log.ts';
import { AskLog } from '../providers/ask-log.ts';
import { NodePlacing } from './node-placing.ts';

/** What one answer looks at; who wants more asks for an earlier period. */
const maxClearings = 2_000;
const pageLeaves = 5_000;
const maxPages = 40;
/** Anyone may ask, and an answer is work. */
const maxAtOnce = 4;

/** Tells a node what became of its asks, from nothing but the log: anyone can compute the same. */
@Injectable()
export class NodeOutcomesService {
  private running = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly transparencyLog: TransparencyLog,
    private readonly logEntries: LogEntries,
    private readonly askLog: AskLog,
    private readonly catalogue: CatalogueService,
    private readonly placing: NodePlacing,
  ) {}

  /** @throws HearthError `rate_limited` when several are being answered, `not_found` for a node that never asked */
  async of(nodeKey: Hex, fromMs: number, toMs: number): Promise<NodeOutcomes> {
    if (this.running >= maxAtOnce)
      throw new HearthError('rate_limited', 'node outcomes: the market is answering others; try again');
    this.running += 1;
    try {
      return await this.compute(nodeKey, fromMs, toMs);
    } finally {
      this.running -= 1;
    }
  }

  private async compute(nodeKey: Hex, fromMs: number, toMs: number): Promise<NodeOutcomes> {
    const { manager } = this.dataSource;
    const size = await this.transparencyLog.size(manager);
    const own = await this.askLog.ofNode(manager, nodeKey);
    const kinds = new Set(own.flatMap((offer) => (offer.kind === 'ask' ? kindOf(offer.message.body) : [])));
    if (kinds.size === 0) throw new HearthError('not_found', `node ${nodeKey}: it never asked here`);
    const { clearings, isComplete } = await this.clearingsOf(kinds, size, fromMs, toMs);
    const book = new AskBook();
    for (const { logIndex, ...offer } of own) {
      const { messageId: askId, atMs: timestampMs } = offer;
      if (offer.kind === 'slot-counter') book.putCounter(logIndex, offer.message.body, offer.atMs);
      else
        book.putAsk(logIndex, { askId, ask: offer.message.body, platformId: offer.platformId, timestampMs });
    }
    const factsAt = await this.readFacts(size);
    const outcomes = clearings.map((clearing) => this.outcomeOf(clearing, book, factsAt));
    return {
      nodeKey,
      fromMs,
      toMs,
      clearings: clearings.length,
      isComplete,
      ...tallyOutcomes(outcomes),
      ...(await this.placing.of(nodeKey, size)),
    };
  }

  private outcomeOf(
    clearing: Clearing,
    book: AskBook,
    factsAt: (size: number) => MarketFacts,
  ): AskOutcome | undefined {
    const { modelDigest, class: jobClass, checkpointSize } = clearing.request.request;
    const size = Number(checkpointSize);
    const asks = book.asksFor(modelDigest as Hex, jobClass, size);
    const card = this.catalogue
      .cardsOf(modelDigest as Hex, jobClass)
      .find(({ priceCardHash }) => priceCardHash === clearing.priceCardHash);
    // Two at once while a price rise waits: the one that stands tells more than the one that does not yet.
    const standing = asks.sort((a, b) => a.standsFromMs - b.standsFromMs)[0];
    if (standing === undefined || card === undefined) return undefined;
    const facts = citedFacts(factsAt(size), modelDigest as Hex, jobClass, clearing.atMs);
    return outcomeRule(clearing, { priceCard: pricesOf(card), ...facts })(standing);
  }

  /** Newest first, page by page back in the log, until the period is over or enough is seen. */
  private async clearingsOf(kinds: ReadonlySet<string>, size: number, fromMs: number, toMs: number) {
    const clearings: Clearing[] = [];
    for (let page = 0, to = size; page < maxPages && to > 0; page += 1) {
      const from = Math.max(0, to - pageLeaves);
      const entries = await this.logEntries.ofKinds(this.dataSource.manager, ['clearing'], { from, to });
      for (const { entry } of entries.toReversed()) {
        if (entry.atMs < fromMs) return { clearings, isComplete: true };
        const { request } = entry.clearing.request;
        if (entry.atMs <= toMs && kinds.has(kindOf(request))) clearings.push(entry.clearing);
        if (clearings.length === maxClearings) return { clearings, isComplete: false };
      }
      to = from;
      if (to === 0) return { clearings, isComplete: true };
    }
    return { clearings, isComplete: size === 0 };
  }

  private async readFacts(size: number): Promise<(size: number) => MarketFacts> {
    const range = { from: 0, to: size };
    const records = await this.logEntries.ofKinds(this.dataSource.manager, ['quality', 'ejection'], range);
    const states = [{ size: 0, facts: noFacts }];
    for (const { index, entry } of records) {
      const facts = foldFacts(states.at(-1)?.facts ?? noFacts, entry, index);
      states.push({ size: index + 1, facts });
    }
    return (at) => states.findLast((state) => state.size <= at)?.facts ?? noFacts;
  }
}

const kindOf = ({ modelDigest, class: jobClass }: { modelDigest: string; class: number }): string =>
  `${modelDigest}/${jobClass}`;
