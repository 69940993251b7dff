import type { Hex } from '@hearth/attestation/receipt';
import {
  ask,
  askId,
  assertMessageSignedBy,
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
import { TransparencyLog } from '../log/transparency-log.ts';
import { Clock } from '../platform/clock.ts';
import { LogKey } from '../platform/log-key.ts';
import { Transactions } from '../platform/transactions.ts';
import type { AgentLink } from './agent-link.ts';
import { AskLog, type LoggedOffer, messageJson, type SignedAsk, type SignedSlotCounter } from './ask-log.ts';
import { assertAskAcceptable, assertCounterAcceptable } from './ask-rules.ts';
import { EnclaveDirectory } from './enclave-directory.ts';
import { LinkRegistry } from './link-registry.ts';

/** The promise that an ask stands in the log; it stands there before the promise is given. */
const inclusionDelayMs = 2_000;

/** Takes asks and slot counters from nodes into the log, and answers each with the log's signed promise. */
@Injectable()
export class AskIntake implements OnModuleInit {
  constructor(
    private readonly links: LinkRegistry,
    private readonly enclaves: EnclaveDirectory,
    private readonly catalogue: CatalogueService,
    private readonly askLog: AskLog,
    private readonly transparencyLog: TransparencyLog,
    private readonly transactions: Transactions,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.links.handle('ask', (link, { message }) => this.takeAsk(link, message));
    this.links.handle('slots', (link, { message }) => this.takeCounter(link, message));
  }

  private async takeAsk(link: AgentLink, message: SignedAsk): Promise<ToAgent> {
    const { nodeKey } = link;
    const { body } = message;
    assertMessageSignedBy(ask, message, nodeKey);
    const id = askId(body);
    const atMs = await this.transactions.run(async (tx) => {
      await this.askLog.lockNode(tx, nodeKey);
      const head = await this.askLog.head(tx, 'ask', nodeKey);
      if (head?.messageId === id) return head.atMs; // its promise got lost on the way; it is the same one again
      const enclave = this.enclaves.ofNode(nodeKey);
      const nowMs = this.clock.nowMs();
      const knownCardHashes = this.catalogue
        .cardsOf(body.modelDigest, body.class)
        .map((card) => card.priceCardHash);
      assertAskAcceptable(body, { nodeKey, enclave, head, knownCardHashes, nowMs });
      const platformId = enclave?.statement.platformId as Hex; // asserted above
      await this.append(tx, { kind: 'ask', messageId: id, atMs: nowMs, platformId, message });
      return nowMs;
    });
    return this.promise(id, atMs);
  }

  private async takeCounter(link: AgentLink, message: SignedSlotCounter): Promise<ToAgent> {
    const { nodeKey } = link;
    assertMessageSignedBy(slotCounter, message, nodeKey);
    const id = messageId(slotCounter, message.body);
    const atMs = await this.transactions.run(async (tx) => {
      await this.askLog.lockNode(tx, nodeKey);
      const head = await this.askLog.head(tx, 'slot-counter', nodeKey);
      if (head?.messageId === id) return head.atMs;
      assertCounterAcceptable(message.body, { nodeKey, enclave: this.enclaves.ofNode(nodeKey), head });
      const nowMs = this.clock.nowMs();
      await this.append(tx, { kind: 'slot-counter', messageId: id, atMs: nowMs, message });
      return nowMs;
    });
    return this.promise(id, atMs);
  }

  private async append(tx: EntityManager, offer: WithoutIndex<LoggedOffer>): Promise<void> {
    const { kind, atMs } = offer;
    const entry = {
      kind,
      atMs,
      ...(offer.kind === 'ask' ? { platformId: offer.platformId } : {}),
      message: messageJson(offer),
    } as LogEntryJson;
    const [logged] = await this.transparencyLog.append(tx, [entry]);
    await this.askLog.append(tx, { ...offer, logIndex: (logged as { index: number }).index } as LoggedOffer);
  }

  private promise(id: Hex, timestampMs: number): ToAgent {
    const body = { v: 1 as const, messageId: id, timestampMs, inLogByMs: timestampMs + inclusionDelayMs };
    return { type: 'promise', message: signMessage(logPromise, body, this.logKey) };
  }
}

type WithoutIndex<T> = T extends unknown ? Omit<T, 'logIndex'> : never;
