import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The share of a Hold that one lease asked for; receipts of the lease use it up. */
@Entity('hold_grant')
@Check('hold_grant_used_within_granted', `used_pico_usd >= 0 AND used_pico_usd <= granted_pico_usd`)
@Index('hold_grant_running', ['orderHash', 'enclaveKey', 'expiresAtMs'], {
  where: `NOT ended AND used_pico_usd < granted_pico_usd`,
})
export class HoldGrantEntity {
  @PrimaryColumn({ name: 'lease_id', type: 'text', primaryKeyConstraintName: 'hold_grant_pk' })
  leaseId!: string;

  @Column({ name: 'order_hash', type: 'text' })
  orderHash!: string;

  @Column({ name: 'enclave_key', type: 'text' })
  enclaveKey!: string;

  @Column({ name: 'granted_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  grantedPicoUsd!: string;

  @Column({ name: 'used_pico_usd', type: 'numeric', precision: 48, scale: 0, default: 0 })
  usedPicoUsd!: string;

  @Column({ name: 'expires_at_ms', type: 'bigint' })
  expiresAtMs!: string;

  @Column({ type: 'boolean', default: false })
  ended!: boolean;
}
