import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One ask or slot counter as the log took it. Append-only and sequenced by log index; the book is its fold. */
@Entity('ask_log')
@Index('ask_log_by_node', ['chainRef', 'kind', 'nodeKey', 'seq'], { unique: true })
@Index('ask_log_by_message', ['chainRef', 'messageId'], { unique: true })
export class AskLogEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'ask_log_pk' })
  chainRef!: number;

  /** Place in the transparency log. */
  @PrimaryColumn({ name: 'log_index', type: 'bigint', primaryKeyConstraintName: 'ask_log_pk' })
  logIndex!: string;

  /** `ask` or `slot-counter`. */
  @Column({ type: 'text' })
  kind!: string;

  @Column({ name: 'node_key', type: 'text' })
  nodeKey!: string;

  @Column({ name: 'message_id', type: 'text' })
  messageId!: string;

  /** The node's own count of its asks or counters. */
  @Column({ type: 'bigint' })
  seq!: string;

  /** The log's timestamp. */
  @Column({ name: 'at_ms', type: 'bigint' })
  atMs!: string;

  /** Of an ask: the platform whose quality it competes with. */
  @Column({ name: 'platform_id', type: 'text', nullable: true })
  platformId!: string | null;

  /** The signed message as JSON. */
  @Column({ type: 'text' })
  message!: string;
}
