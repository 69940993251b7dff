import type { Hex } from '@hearth/attestation/receipt';
import { type ModelManifest, messageId, modelDigest, priceCard, signMessage } from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { TransparencyLog } from '../log/transparency-log.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { LogKey } from '../platform/log-key.ts';
import { StructuredLog } from '../platform/structured-log.ts';
import { Transactions } from '../platform/transactions.ts';
import { type CatalogueModel, loadCatalogue } from './catalogue-file.ts';
import { cardInForce, type LoggedPriceCard, nextPriceCard, type SignedPriceCard } from './price-cards.ts';

/** The models on sale and their signed, logged price cards. Read once at boot; a change of the file needs a restart. */
@Injectable()
export class CatalogueService implements OnModuleInit {
  private readonly manifests = new Map<Hex, ModelManifest>();
  /** By model and class. */
  private readonly cards = new Map<string, LoggedPriceCard[]>();

  constructor(
    private readonly transactions: Transactions,
    private readonly transparencyLog: TransparencyLog,
    private readonly chain: ChainIdentity,
    private readonly logKey: LogKey,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly log: StructuredLog,
  ) {}

  async onModuleInit(): Promise<void> {
    const models =
      this.config.catalogueFile === undefined ? [] : await loadCatalogue(this.config.catalogueFile);
    for (const model of models) await this.publish(model);
    this.log.event('info', 'catalogue.loaded', { models: this.manifests.size, cards: this.cards.size });
  }

  models(): readonly { readonly modelDigest: Hex; readonly manifest: ModelManifest }[] {
    return [...this.manifests].map(([digest, manifest]) => ({ modelDigest: digest, manifest }));
  }

  /** Every known card of a model for a class, those announced for later included; asks must cite one of them. */
  cardsOf(digest: Hex, jobClass: number): readonly LoggedPriceCard[] {
    return this.cards.get(soldAs(digest, jobClass)) ?? [];
  }

  /** Cards that a node may ask on now or soon. */
  usableCards(): SignedPriceCard[] {
    const nowMs = this.clock.nowMs();
    return [...this.cards.values()].flatMap((cards) => {
      const current = cardInForce(cards, nowMs);
      return cards
        .filter((card) => card === current || card.message.body.validFromMs > nowMs)
        .map(({ message }) => message);
    });
  }

  private async publish(model: CatalogueModel): Promise<void> {
    const digest = modelDigest(model.manifest);
    const cards = await this.transactions.run(async (tx) => {
      const known = await this.load(tx, digest, model.class);
      const body = nextPriceCard(model, digest, known.at(-1)?.message.body, this.clock.nowMs());
      return body === undefined
        ? known
        : [...known, await this.save(tx, signMessage(priceCard, body, this.logKey))];
    });
    this.manifests.set(digest, model.manifest);
    this.cards.set(soldAs(digest, model.class), cards);
  }

  private async load(tx: EntityManager, digest: Hex, jobClass: number): Promise<LoggedPriceCard[]> {
    const rows: { price_card_hash: Hex; log_index: string; message: string }[] = await tx.query(
      `SELECT price_card_hash, log_index, message FROM price_card
        WHERE chain_ref = $1 AND model_digest = $2 ORDER BY valid_from_ms, log_index`,
      [this.chain.ref, digest],
    );
    return rows
      .map((row) => ({
        priceCardHash: row.price_card_hash,
        logIndex: Number(row.log_index),
        message: z.decode(priceCard.schema, JSON.parse(row.message)),
      }))
      .filter(({ message }) => message.body.class === jobClass);
  }

  private async save(tx: EntityManager, message: SignedPriceCard): Promise<LoggedPriceCard> {
    const json = z.encode(priceCard.schema, message) as never;
    const [entry] = await this.transparencyLog.append(tx, [
      { kind: 'price-card', atMs: this.clock.nowMs(), message: json },
    ]);
    const logged = {
      priceCardHash: messageId(priceCard, message.body),
      logIndex: (entry as { index: number }).index,
      message,
    };
    await tx.query(
      `INSERT INTO price_card (chain_ref, price_card_hash, model_digest, valid_from_ms, log_index, message)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        this.chain.ref,
        logged.priceCardHash,
        message.body.modelDigest,
        message.body.validFromMs,
        logged.logIndex,
        JSON.stringify(json),
      ],
    );
    return logged;
  }
}

const soldAs = (digest: Hex, jobClass: number): string => `${digest}/${jobClass}`;
