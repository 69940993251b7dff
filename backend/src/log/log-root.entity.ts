import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The one root of each size that any replica ever signed. Append-only: a replica that computes another one finds it here. */
@Entity('log_root')
export class LogRootEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'log_root_pk' })
  chainRef!: number;

  @PrimaryColumn({ name: 'tree_size', type: 'bigint', primaryKeyConstraintName: 'log_root_pk' })
  treeSize!: string;

  @Column({ type: 'text' })
  root!: string;
}
