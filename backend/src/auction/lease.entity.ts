import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One sold slot: who sold it to whom on which terms, and the auction behind it. Append-only. */
@Entity('lease')
@Index('lease_by_request', ['requestId'], { unique: true })
@Index('lease_by_expiry', ['chainRef', 'expiresAtMs'])
export class LeaseEntity {
  @PrimaryColumn({ name: 'lease_id', type: 'text', primaryKeyConstraintName: 'lease_pk' })
  leaseId!: string;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  @Column({ name: 'request_id', type: 'text' })
  requestId!: string;

  /** Buyer account whose API key asked. */
  @Column({ type: 'text' })
  owner!: string;

  @Column({ name: 'expires_at_ms', type: 'bigint' })
  expiresAtMs!: string;

  /** Log index of the clearing, and of what a bundle shows of its inputs. */
  @Column({ name: 'clearing_index', type: 'bigint' })
  clearingIndex!: string;

  @Column({ name: 'input_indexes', type: 'bigint', array: true })
  inputIndexes!: string[];

  /** JSON of what shows the clearing's books. */
  @Column({ type: 'text' })
  books!: string;

  /** JSON of signed lease, accept, hold and the clearing. */
  @Column({ type: 'text' })
  grant!: string;
}
