import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An account on which ledger and chain disagree. In the database, so that its age survives restarts and replicas agree on it. */
@Entity('ledger_difference')
export class LedgerDifferenceEntity {
  @PrimaryColumn({ name: 'chain_ref', type: 'integer', primaryKeyConstraintName: 'ledger_difference_pk' })
  chainRef!: number;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'ledger_difference_pk' })
  account!: string;

  @Column({ name: 'ledger_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  ledgerPicoUsd!: string;

  @Column({ name: 'chain_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  chainPicoUsd!: string;

  @Column({ name: 'first_seen_at_ms', type: 'bigint' })
  firstSeenAtMs!: string;
}
