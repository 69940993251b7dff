import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The newest outlook of each node. Replaced as the node plans anew; nothing that is paid or judged reads it. */
@Entity('node_outlook')
export class NodeOutlookEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'node_outlook_pk' })
  chainRef!: number;

  @PrimaryColumn({ name: 'node_key', type: 'text', primaryKeyConstraintName: 'node_outlook_pk' })
  nodeKey!: string;

  /** The node's own time. */
  @Column({ name: 'at_ms', type: 'bigint' })
  atMs!: string;

  @Column({ name: 'valid_until_ms', type: 'bigint' })
  validUntilMs!: string;

  /** The signed message as JSON. */
  @Column({ type: 'text' })
  message!: string;
}
