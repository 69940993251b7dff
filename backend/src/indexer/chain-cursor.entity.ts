import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** Where the indexer stands: `height` is stored, `bookedHeight` is true at the safe block and in the ledger. */
@Entity('chain_cursor')
@Check('chain_cursor_booked_is_stored', `booked_height <= height`)
export class ChainCursorEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'chain_cursor_pk' })
  chainRef!: number;

  @Column({ type: 'bigint' })
  height!: string;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ name: 'booked_height', type: 'bigint' })
  bookedHeight!: string;
}
