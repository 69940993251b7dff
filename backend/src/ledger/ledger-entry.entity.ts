import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** One leg of a transfer. Immutable; the legs of a transfer sum to zero within the statement that inserts them (trigger). */
@Entity('ledger_entry')
@Check('ledger_entry_moves_something', `amount <> 0`)
export class LedgerEntryEntity {
  @PrimaryColumn({ name: 'transfer_seq', type: 'bigint', primaryKeyConstraintName: 'ledger_entry_pk' })
  transferSeq!: string;

  @PrimaryColumn({ name: 'account_seq', type: 'bigint', primaryKeyConstraintName: 'ledger_entry_pk' })
  accountSeq!: string;

  /** pUSD, positive into the account. */
  @Column({ type: 'numeric', precision: 48, scale: 0 })
  amount!: string;
}
