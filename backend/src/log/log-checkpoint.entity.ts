import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Every checkpoint that the log key signed. Append-only: two roots for one size would be proof against the operator. */
@Entity('log_checkpoint')
export class LogCheckpointEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'log_checkpoint_pk' })
  chainRef!: number;

  @PrimaryColumn({ name: 'tree_size', type: 'bigint', primaryKeyConstraintName: 'log_checkpoint_pk' })
  treeSize!: string;

  @PrimaryColumn({ name: 'time_ms', type: 'bigint', primaryKeyConstraintName: 'log_checkpoint_pk' })
  timeMs!: string;

  @Column({ type: 'text' })
  root!: string;

  /** The C2SP note as served. */
  @Column({ type: 'text' })
  note!: string;
}
