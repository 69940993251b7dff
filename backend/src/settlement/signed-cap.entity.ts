import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The highest cap that the buyer's session key signed for one (order, enclave). It only ever rises. */
@Entity('signed_cap')
export class SignedCapEntity {
  @PrimaryColumn({ name: 'order_hash', type: 'text', primaryKeyConstraintName: 'signed_cap_pk' })
  orderHash!: string;

  @PrimaryColumn({ name: 'enclave_key', type: 'text', primaryKeyConstraintName: 'signed_cap_pk' })
  enclaveKey!: string;

  @Column({ name: 'cumulative_cap_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  cumulativeCapPicoUsd!: string;

  @Column({ name: 'job_header_hash', type: 'text' })
  jobHeaderHash!: string;

  @Column({ name: 'session_signature', type: 'text' })
  sessionSignature!: string;
}
