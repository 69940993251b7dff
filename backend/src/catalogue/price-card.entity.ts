import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A signed price card and its place in the transparency log. Append-only: a new price is a new card. */
@Entity('price_card')
@Index('price_card_by_model', ['chainRef', 'modelDigest', 'validFromMs'])
export class PriceCardEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'price_card_pk' })
  chainRef!: number;

  /** Message id of the card, as asks cite it. */
  @PrimaryColumn({ name: 'price_card_hash', type: 'text', primaryKeyConstraintName: 'price_card_pk' })
  priceCardHash!: string;

  @Column({ name: 'model_digest', type: 'text' })
  modelDigest!: string;

  @Column({ name: 'valid_from_ms', type: 'bigint' })
  validFromMs!: string;

  @Column({ name: 'log_index', type: 'bigint' })
  logIndex!: string;

  /** The signed message as JSON. */
  @Column({ type: 'text' })
  message!: string;
}
