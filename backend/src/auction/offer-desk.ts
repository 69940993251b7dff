import type { Hex } from '@hearth/attestation/receipt';
import {
  accept,
  HearthError,
  isMessageSignedBy,
  type Offer,
  offer,
  reject,
  signMessage,
  type ToAgent,
} from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { LogJournal } from '../log/log-journal.ts';
import { Clock } from '../platform/clock.ts';
import { LogKey } from '../platform/log-key.ts';
import type { AgentLink } from '../providers/agent-link.ts';
import { LinkRegistry } from '../providers/link-registry.ts';

export type SignedAccept = z.output<typeof accept.schema>;
export type OfferAnswer =
  | { readonly sold: true; readonly accept: SignedAccept }
  | { readonly sold: false; readonly reason: string };

interface Pending {
  readonly nodeKey: Hex;
  readonly terms: Offer;
  answer(answer: OfferAnswer): void;
}

/** Asks one node for one slot and waits for its signed answer, no longer than the offer says. */
@Injectable()
export class OfferDesk implements OnModuleInit {
  private readonly pending = new Map<Hex, Pending>();

  constructor(
    private readonly links: LinkRegistry,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    private readonly journal: LogJournal,
  ) {}

  onModuleInit(): void {
    this.links.handle('accept', async (link, { message }) => this.onAccept(link, message));
    this.links.handle('reject', async (link, { message }) => this.onReject(link, message));
  }

  /** Undefined when the node did not answer in time. */
  async ask(link: AgentLink, terms: Offer): Promise<OfferAnswer | undefined> {
    const answered = new AbortController();
    let answer: OfferAnswer | undefined;
    this.pending.set(terms.leaseId, {
      nodeKey: link.nodeKey,
      terms,
      answer: (given) => {
        answer = given;
        answered.abort();
      },
    });
    try {
      link.send({ type: 'offer', message: signMessage(offer, terms, this.logKey) });
      await this.clock.sleep(terms.answerByMs - this.clock.nowMs(), answered.signal);
      return answer;
    } finally {
      this.pending.delete(terms.leaseId);
    }
  }

  private onAccept(link: AgentLink, message: SignedAccept): ToAgent | undefined {
    const { body } = message;
    const pending = this.pending.get(body.leaseId);
    if (pending?.nodeKey !== link.nodeKey)
      throw new HearthError('timeout', `accept of lease ${body.leaseId}: no offer of it is open any more`);
    if (!isMessageSignedBy(accept, message, link.nodeKey))
      throw new HearthError(
        'invalid_signature',
        `accept of lease ${body.leaseId}: expected a signature by ${link.nodeKey}`,
      );
    if (!hasSameTerms(pending.terms, message)) pending.answer({ sold: false, reason: 'terms_differ' });
    else pending.answer({ sold: true, accept: message });
    return undefined;
  }

  private onReject(link: AgentLink, message: z.output<typeof reject.schema>): undefined {
    const { body } = message;
    const pending = this.pending.get(body.leaseId);
    if (pending?.nodeKey !== link.nodeKey || body.nodeKey !== link.nodeKey) return undefined;
    if (!isMessageSignedBy(reject, message, link.nodeKey)) return undefined;
    pending.answer({ sold: false, reason: body.reason });
    this.journal.note({
      kind: 'reject',
      atMs: this.clock.nowMs(),
      message: z.encode(reject.schema, message),
    });
    return undefined;
  }
}

/** Every term of the offer stands in the accept, unchanged. */
function hasSameTerms({ answerByMs: _, ...offered }: Offer, { body }: SignedAccept): boolean {
  return Object.entries(offered).every(([name, term]) => body[name as keyof typeof body] === term);
}
