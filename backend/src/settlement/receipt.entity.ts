import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** A receipt with a valid enclave signature. Append-only; one per place in the (order, enclave) sequence. */
@Entity('receipt')
@Unique('receipt_place', ['orderHash', 'enclaveKey', 'sequence'])
@Check('receipt_sequence_counts', `sequence >= 1`)
@Index('receipt_by_lease', ['leaseId'])
export class ReceiptEntity {
  @PrimaryColumn({ name: 'receipt_hash', type: 'text', primaryKeyConstraintName: 'receipt_pk' })
  receiptHash!: string;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  @Column({ name: 'order_hash', type: 'text' })
  orderHash!: string;

  @Column({ name: 'enclave_key', type: 'text' })
  enclaveKey!: string;

  @Column({ type: 'bigint' })
  sequence!: string;

  @Column({ name: 'cumulative_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  cumulativePicoUsd!: string;

  @Column({ name: 'lease_id', type: 'text' })
  leaseId!: string;

  @Column({ type: 'boolean' })
  interim!: boolean;

  /** Wire form of `signedReceipt`: receipt and signature. */
  @Column({ name: 'signed_receipt', type: 'jsonb' })
  signedReceipt!: unknown;

  @Column({ name: 'received_at_ms', type: 'bigint' })
  receivedAtMs!: string;

  /** Where the node's signed leaf about it stands in the log. */
  @Column({ name: 'log_index', type: 'bigint', nullable: true })
  logIndex!: string | null;
}
