import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/**
 * A transaction of the operator key, signed and stored before it is broadcast, so that a crash at any point
 * ends in the same bytes being sent again and never in a second payment.
 * signed → mined (seen in a block) → final (at the safe block); signed or mined → dropped (its nonce went to another transaction).
 */
@Entity('chain_tx')
@Unique('chain_tx_hash', ['chainRef', 'hash'])
@Check('chain_tx_state', `state IN ('signed', 'mined', 'final', 'dropped')`)
@Index('chain_tx_one_in_flight', ['chainRef', 'sender'], { unique: true, where: `state = 'signed'` })
export class ChainTxEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'chain_tx_pk',
  })
  id!: number;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  @Column({ type: 'text' })
  sender!: string;

  @Column({ type: 'bigint' })
  nonce!: string;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ type: 'text' })
  raw!: string;

  @Column({ type: 'text' })
  state!: string;

  @Column({ name: 'signed_at_ms', type: 'bigint' })
  signedAtMs!: string;
}
