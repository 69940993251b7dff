import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Hash of a perfect subtree; level 0 are the leaves. Written once, so proofs read O(log² n) rows. */
@Entity('log_node')
export class LogNodeEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'log_node_pk' })
  chainRef!: number;

  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'log_node_pk' })
  level!: number;

  @PrimaryColumn({ name: 'node_index', type: 'bigint', primaryKeyConstraintName: 'log_node_pk' })
  nodeIndex!: string;

  @Column({ type: 'bytea' })
  hash!: Buffer;
}
