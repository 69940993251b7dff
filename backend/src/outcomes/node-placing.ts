import type { Hex } from '@hearth/attestation/receipt';
import {
  effectiveAskCeil,
  isEjected,
  type MarketFacts,
  qualityOf,
  type StandingAsk,
} from '@hearth/sdk/market';
import { jobClasses, type NodeOutcomes } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { MarketBook } from '../auction/market-book.ts';
import { CatalogueService } from '../catalogue/catalogue.service.ts';
import { Clock } from '../platform/clock.ts';

/** Where a node stands among the asks of its pools right now. */
@Injectable()
export class NodePlacing {
  constructor(
    private readonly book: MarketBook,
    private readonly catalogue: CatalogueService,
    private readonly clock: Clock,
  ) {}

  async of(
    nodeKey: Hex,
    size: number,
  ): Promise<Pick<NodeOutcomes, 'asks' | 'models' | 'slotLimit' | 'ejectedUntilMs'>> {
    const book = await this.book.upTo(size);
    const facts = this.book.factsAt(size);
    const nowMs = this.clock.nowMs();
    const models = this.catalogue.models();
    const asks = models.flatMap(({ modelDigest }) =>
      Object.values(jobClasses).flatMap((jobClass) => {
        const standing = book.asksFor(modelDigest, jobClass, size).filter((ask) => isStandingAt(ask, nowMs));
        return standing
          .filter(({ ask }) => ask.nodeKey === nodeKey)
          .map((own) => placed(own, standing, facts));
      }),
    );
    const until = (facts.ejections.get(nodeKey) ?? []).map(({ untilMs }) => untilMs);
    return {
      asks,
      models: Object.fromEntries(models.map(({ modelDigest, manifest }) => [modelDigest, manifest.name])),
      slotLimit: facts.nodes.get(nodeKey)?.slotLimit ?? null,
      ejectedUntilMs: isEjected(facts, nodeKey, nowMs) ? Math.max(...until) : null,
    };
  }
}

function placed(
  own: StandingAsk,
  all: readonly StandingAsk[],
  facts: MarketFacts,
): NodeOutcomes['asks'][number] {
  const qualityPpmByPlatform = { get: (id: Hex) => facts.platforms.get(id)?.qualityPpm };
  const effective = ({ ask, platformId }: StandingAsk) =>
    effectiveAskCeil(ask.multiplierPpm, qualityOf(platformId, qualityPpmByPlatform));
  const effectiveAsk = effective(own);
  const rivals = all.filter(({ ask }) => ask.tier === own.ask.tier);
  const { askId, ask, platformId, freeSlots, isPaused } = own;
  return {
    askId,
    modelDigest: ask.modelDigest,
    class: ask.class,
    multiplierPpm: ask.multiplierPpm,
    qualityPpm: qualityOf(platformId, qualityPpmByPlatform),
    effectiveAsk,
    rank:
      1 +
      new Set(rivals.filter((rival) => effective(rival) < effectiveAsk).map((rival) => rival.ask.nodeKey))
        .size,
    nodes: new Set(rivals.map((rival) => rival.ask.nodeKey)).size,
    freeSlots,
    isPaused,
  };
}

const isStandingAt = ({ ask, standsFromMs, standsUntilMs }: StandingAsk, nowMs: number): boolean =>
  standsFromMs <= nowMs && nowMs < Math.min(ask.validUntilMs, standsUntilMs ?? Number.POSITIVE_INFINITY);
