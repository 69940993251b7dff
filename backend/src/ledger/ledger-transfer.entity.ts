import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Immutable; the id is derived from the fact that it books (`event:…`, `capture:…`, `hold:…`), so a fact is booked once. */
@Entity('ledger_transfer')
export class LedgerTransferEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'ledger_transfer_pk' })
  id!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ name: 'booked_at_ms', type: 'bigint' })
  bookedAtMs!: string;
}
