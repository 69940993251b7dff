import type { Hex } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import { answerWithinMs, type ClearedAsk, leaseExpiresAtMs, poolId, SilentNodes } from '@hearth/sdk/market';
import { HearthError, leaseId, type Offer } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { LinkRegistry } from '../providers/link-registry.ts';
import { OfferDesk, type SignedAccept } from './offer-desk.ts';

export interface Demand {
  readonly request: LeaseRequest;
  readonly requestId: Hex;
  /** Enclaves that the buyer has asked for the same answer already. */
  readonly avoid: readonly Hex[];
  readonly sessionKey: Hex;
  readonly orderValidUntilMs: number;
}

export interface Sale {
  readonly seller: ClearedAsk;
  readonly offer: Offer;
  readonly accept: SignedAccept;
}

/** Goes down the ranking until a node sells: the node is the lock on its own slots. */
@Injectable()
export class OfferRound {
  private readonly silent = new SilentNodes();

  constructor(
    private readonly desk: OfferDesk,
    private readonly links: LinkRegistry,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly log: StructuredLog,
  ) {}

  /** @throws HearthError `no_bid` when none of the ranked nodes sells */
  async sell(ranking: readonly ClearedAsk[], demand: Demand): Promise<Sale> {
    const answers: string[] = [];
    for (const candidate of this.silent.last(ranking, this.clock.nowMs())) {
      const answer = await this.askOne(candidate, demand);
      if (typeof answer !== 'string') return answer;
      answers.push(answer);
    }
    throw new HearthError('no_bid', `the ${ranking.length} best nodes did not sell (${answers.join(', ')})`, {
      details: { answers },
    });
  }

  private async askOne(candidate: ClearedAsk, demand: Demand): Promise<Sale | string> {
    const { nodeKey, enclaveKey } = candidate.standing.ask;
    if (demand.avoid.includes(enclaveKey)) return 'avoided';
    const link = this.links.find(nodeKey);
    if (link === undefined) return 'not_connected';
    const nowMs = this.clock.nowMs();
    const waitMs = answerWithinMs(this.config.offerAnswerMs, link.roundTripMs);
    const terms = offerTerms(candidate, demand, nowMs, nowMs + waitMs);
    const answer = await this.desk.ask(link, terms);
    if (answer?.sold) return { seller: candidate, offer: terms, accept: answer.accept };
    if (answer === undefined) this.silent.add(nodeKey, this.clock.nowMs());
    const reason = answer?.reason ?? 'unanswered';
    this.log.event('info', 'offer.not-sold', { nodeKey, leaseId: terms.leaseId, reason });
    return reason;
  }
}

function offerTerms(
  { askId, standing, prices, ...cleared }: ClearedAsk,
  demand: Demand,
  nowMs: number,
  answerByMs: number,
): Offer {
  const { request, requestId, sessionKey, orderValidUntilMs } = demand;
  const { nodeKey, enclaveKey, provider, modelDigest, tier, class: jobClass } = standing.ask;
  return {
    v: 1,
    leaseId: leaseId(requestId, askId),
    requestId,
    askId,
    orderHash: request.orderHash,
    sessionKey,
    nodeKey,
    enclaveKey,
    provider,
    modelDigest,
    multiplierPpm: cleared.multiplierPpm,
    effectiveAsk: cleared.effectiveAsk,
    poolId: poolId(modelDigest, tier, jobClass),
    ...prices,
    holdPicoUsd: request.holdPicoUsd,
    leaseExpiresAtMs: leaseExpiresAtMs(nowMs, orderValidUntilMs),
    answerByMs,
  };
}
