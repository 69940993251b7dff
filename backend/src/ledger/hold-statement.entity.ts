import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Every Hold that the log key ever signed, in the order's own sequence. Append-only. */
@Entity('hold_statement')
export class HoldStatementEntity {
  @PrimaryColumn({ name: 'order_hash', type: 'text', primaryKeyConstraintName: 'hold_statement_pk' })
  orderHash!: string;

  @PrimaryColumn({ name: 'hold_sequence', type: 'bigint', primaryKeyConstraintName: 'hold_statement_pk' })
  holdSequence!: string;

  @Column({ name: 'enclave_key', type: 'text' })
  enclaveKey!: string;

  @Column({ name: 'held_cumulative_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  heldCumulativePicoUsd!: string;

  @Column({ name: 'expires_at_ms', type: 'bigint' })
  expiresAtMs!: string;

  @Column({ type: 'text' })
  signature!: string;
}
