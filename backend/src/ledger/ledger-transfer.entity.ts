import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** Immutable; the id is derived from the fact that it books (`event:…`, `capture:…`, `hold:…`), so a fact is booked once. */
@Entity('ledger_transfer')
@Unique('ledger_transfer_id', ['id'])
export class LedgerTransferEntity {
  /** What entries call it by. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'ledger_transfer_pk',
  })
  seq!: string;

  @Column({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ name: 'booked_at_ms', type: 'bigint' })
  bookedAtMs!: string;
}
