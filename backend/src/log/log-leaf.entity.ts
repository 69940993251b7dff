import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One leaf of the transparency log, in its canonical bytes. Append-only. */
@Entity('log_leaf')
@Index('log_leaf_by_hash', ['chainRef', 'leafHash'], { unique: true })
@Index('log_leaf_by_kind', ['chainRef', 'kind', 'leafIndex'])
export class LogLeafEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'log_leaf_pk' })
  chainRef!: number;

  @PrimaryColumn({ name: 'leaf_index', type: 'bigint', primaryKeyConstraintName: 'log_leaf_pk' })
  leafIndex!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ name: 'leaf_hash', type: 'bytea' })
  leafHash!: Buffer;

  /** RFC 8785 text: its UTF-8 bytes are what is hashed. */
  @Column({ type: 'text' })
  entry!: string;
}
