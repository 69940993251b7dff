import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Proof that an enclave signed two receipts for one place: the stored receipt, and this one. Append-only. */
@Entity('equivocation')
export class EquivocationEntity {
  @PrimaryColumn({ name: 'first_hash', type: 'text', primaryKeyConstraintName: 'equivocation_pk' })
  firstHash!: string;

  @PrimaryColumn({ name: 'second_hash', type: 'text', primaryKeyConstraintName: 'equivocation_pk' })
  secondHash!: string;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  @Column({ name: 'enclave_key', type: 'text' })
  enclaveKey!: string;

  @Column({ name: 'second_signed_receipt', type: 'jsonb' })
  secondSignedReceipt!: unknown;
}
