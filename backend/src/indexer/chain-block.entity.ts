import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A block the indexer remembers: every one above the safe block, and below it those with our events or where a range ended. */
@Entity('chain_block')
export class ChainBlockEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'chain_block_pk' })
  chainRef!: number;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'chain_block_pk' })
  height!: string;

  @Column({ type: 'text' })
  hash!: string;
}
