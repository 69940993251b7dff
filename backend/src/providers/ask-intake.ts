import type { Hex } from '@hearth/attestation/receipt';
import {
  ask,
  askId,
  assertMessageSignedBy,
  HearthError,
  type LogEntryJson,
  logPromise,
  messageId,
  signMessage,
  slotCounter,
  type ToAgent,
} from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CatalogueService } from '../catalogue/catalogue.service.ts';
import { type AppendedEntry, type LockedLog, TransparencyLog } from '../log/transparency-log.ts';
import { Clock } from '../platform/clock.ts';
import { GroupCommit } from '../platform/group-commit.ts';
import { LogKey } from '../platform/log-key.ts';
import { Transactions } from '../platform/transactions.ts';
import {
  AskLog,
  type LoggedOffer,
  messageJson,
  type NodeHead,
  type SignedAsk,
  type SignedSlotCounter,
} from './ask-log.ts';
import { assertAskAcceptable, assertCounterAcceptable } from './ask-rules.ts';
import { EnclaveDirectory } from './enclave-directory.ts';
import { LinkRegistry } from './link-registry.ts';

/** The promise that an ask stands in the log; it stands there before the promise is given. */
const inclusionDelayMs = 2_000;

/** An ask or a counter whose node signed it. */
interface SignedOffer {
  readonly nodeKey: Hex;
  readonly messageId: Hex;
  readonly content:
    | { readonly kind: 'ask'; readonly message: SignedAsk }
    | { readonly kind: 'slot-counter'; readonly message: SignedSlotCounter };
}
type Taken = WithoutIndex<LoggedOffer>;

/**
 * Takes asks and slot counters from nodes into the log, all that wait in one transaction, and answers each with the log's
 * signed promise.
 */
@Injectable()
export class AskIntake implements OnModuleInit {
  private readonly commits: GroupCommit<SignedOffer, number>;

  constructor(
    private readonly links: LinkRegistry,
    private readonly enclaves: EnclaveDirectory,
    private readonly catalogue: CatalogueService,
    private readonly askLog: AskLog,
    private readonly transparencyLog: TransparencyLog,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    transactions: Transactions,
  ) {
    this.commits = new GroupCommit(transactions, (tx, offers) => this.takeAll(tx, offers));
  }

  onModuleInit(): void {
    this.links.handle('ask', ({ nodeKey }, { message }) => {
      assertMessageSignedBy(ask, message, nodeKey);
      return this.take({ nodeKey, messageId: askId(message.body), content: { kind: 'ask', message } });
    });
    this.links.handle('slots', ({ nodeKey }, { message }) => {
      assertMessageSignedBy(slotCounter, message, nodeKey);
      const id = messageId(slotCounter, message.body);
      return this.take({ nodeKey, messageId: id, content: { kind: 'slot-counter', message } });
    });
  }

  private async take(offer: SignedOffer): Promise<ToAgent> {
    return this.promise(offer.messageId, await this.commits.submit(offer));
  }

  /** When the log took each. Under the log's lock, so that no other replica takes anything of these nodes in between. */
  private async takeAll(
    tx: EntityManager,
    offers: readonly SignedOffer[],
  ): Promise<(number | HearthError)[]> {
    const log = await this.transparencyLog.lock(tx);
    const heads = await this.askLog.heads(tx, [...new Set(offers.map(({ nodeKey }) => nodeKey))]);
    const fresh: Taken[] = [];
    const outcomes = offers.map((offer) => {
      const { nodeKey, messageId: id, content } = offer;
      const head = heads.of(content.kind, nodeKey);
      if (head?.messageId === id) return head.atMs; // its promise got lost on the way; it is the same one again
      const taken = this.accepted(offer, head);
      if (taken instanceof HearthError) return taken;
      heads.set(content.kind, nodeKey, { seq: content.message.body.seq, messageId: id, atMs: taken.atMs });
      fresh.push(taken);
      return taken.atMs;
    });
    if (fresh.length > 0) await this.append(tx, log, fresh);
    return outcomes;
  }

  private accepted(
    { nodeKey, messageId: id, content }: SignedOffer,
    head: NodeHead | undefined,
  ): Taken | HearthError {
    const enclave = this.enclaves.ofNode(nodeKey);
    const nowMs = this.clock.nowMs();
    try {
      if (content.kind === 'slot-counter') {
        assertCounterAcceptable(content.message.body, { nodeKey, enclave, head });
        return { ...content, messageId: id, atMs: nowMs };
      }
      const { body } = content.message;
      const cards = this.catalogue.cardsOf(body.modelDigest, body.class);
      const knownCardHashes = cards.map(({ priceCardHash }) => priceCardHash);
      assertAskAcceptable(body, { nodeKey, enclave, head, knownCardHashes, nowMs });
      const platformId = enclave?.statement.platformId as Hex; // asserted above
      return { ...content, messageId: id, atMs: nowMs, platformId };
    } catch (error) {
      if (error instanceof HearthError) return error;
      throw error;
    }
  }

  private async append(tx: EntityManager, log: LockedLog, taken: readonly Taken[]): Promise<void> {
    const appended = await log.append(taken.map(entryOf));
    await this.askLog.append(
      tx,
      taken.map((offer, i): LoggedOffer => ({ ...offer, logIndex: (appended[i] as AppendedEntry).index })),
    );
  }

  private promise(id: Hex, timestampMs: number): ToAgent {
    const body = { v: 1 as const, messageId: id, timestampMs, inLogByMs: timestampMs + inclusionDelayMs };
    return { type: 'promise', message: signMessage(logPromise, body, this.logKey) };
  }
}

function entryOf(offer: Taken): LogEntryJson {
  const { kind, atMs } = offer;
  const place = offer.kind === 'ask' ? { platformId: offer.platformId } : {};
  return { kind, atMs, ...place, message: messageJson(offer) } as LogEntryJson;
}

type WithoutIndex<T> = T extends unknown ? Omit<T, 'logIndex'> : never;
