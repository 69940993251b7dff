import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One event of our contracts on the canonical chain; a reorganisation deletes it with its block. */
@Entity('chain_event')
@Index('chain_event_by_subject', ['chainRef', 'name', 'subject'])
export class ChainEventEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'chain_event_pk' })
  chainRef!: number;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'chain_event_pk' })
  height!: string;

  @PrimaryColumn({ name: 'log_index', type: 'integer', primaryKeyConstraintName: 'chain_event_pk' })
  logIndex!: number;

  @Column({ name: 'tx_hash', type: 'text' })
  txHash!: string;

  @Column({ type: 'text' })
  name!: string;

  /** What the event is about and is looked up by: its first indexed argument. */
  @Column({ type: 'text' })
  subject!: string;

  /** Decoded arguments; integers as decimal strings, bytes as lower-case hex. */
  @Column({ type: 'jsonb' })
  args!: Record<string, unknown>;
}
