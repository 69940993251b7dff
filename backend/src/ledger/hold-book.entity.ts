import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The head of one order's serial hold ledger; its row lock serialises every hold, capture and release of the order. */
@Entity('hold_book')
@Check('hold_book_sequence_counts', `hold_sequence >= 0`)
export class HoldBookEntity {
  @PrimaryColumn({ name: 'order_hash', type: 'text', primaryKeyConstraintName: 'hold_book_pk' })
  orderHash!: string;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  @Column({ type: 'text' })
  buyer!: string;

  @Column({ name: 'max_spend_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  maxSpendPicoUsd!: string;

  @Column({ name: 'max_spend_per_enclave_pico_usd', type: 'numeric', precision: 48, scale: 0 })
  maxSpendPerEnclavePicoUsd!: string;

  /** Brought forward when the buyer requests the close. */
  @Column({ name: 'valid_until_unix_sec', type: 'bigint' })
  validUntilUnixSec!: string;

  @Column({ name: 'hold_sequence', type: 'bigint', default: 0 })
  holdSequence!: string;

  /** Set when the order closed at the safe block: nothing more is held or captured. */
  @Column({ type: 'boolean', default: false })
  closed!: boolean;
}
