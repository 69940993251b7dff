import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** One purse. `balance` is maintained by a database trigger from the entries; the application cannot write it. */
@Entity('ledger_account')
@Unique('ledger_account_id', ['id'])
@Check('ledger_account_never_negative', `may_go_negative OR balance >= 0`)
export class LedgerAccountEntity {
  /** What entries call it by. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'ledger_account_pk',
  })
  seq!: string;

  @Column({ type: 'text' })
  id!: string;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ name: 'may_go_negative', type: 'boolean' })
  mayGoNegative!: boolean;

  /** pUSD; numeric arrives as a string. */
  @Column({ type: 'numeric', precision: 48, scale: 0, default: 0 })
  balance!: string;
}
