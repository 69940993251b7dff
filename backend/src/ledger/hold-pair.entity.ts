import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What one enclave may claim of one order (`held`), and what its receipts or the chain already claimed of that (`captured`). Cumulative. */
@Entity('hold_pair')
@Check('hold_pair_captured_within_held', `captured_pico_usd >= 0 AND captured_pico_usd <= held_pico_usd`)
@Check('hold_pair_settled_within_captured', `settled_pico_usd >= 0 AND settled_pico_usd <= captured_pico_usd`)
@Check('hold_pair_assured_within_held', `assured_pico_usd >= 0 AND assured_pico_usd <= held_pico_usd`)
@Index('hold_pair_by_enclave', ['enclaveKey'])
export class HoldPairEntity {
  @PrimaryColumn({ name: 'order_hash', type: 'text', primaryKeyConstraintName: 'hold_pair_pk' })
  orderHash!: string;

  @PrimaryColumn({ name: 'enclave_key', type: 'text', primaryKeyConstraintName: 'hold_pair_pk' })
  enclaveKey!: string;

  @Column({ name: 'held_pico_usd', type: 'numeric', precision: 48, scale: 0, default: 0 })
  heldPicoUsd!: string;

  @Column({ name: 'captured_pico_usd', type: 'numeric', precision: 48, scale: 0, default: 0 })
  capturedPicoUsd!: string;

  @Column({ name: 'settled_pico_usd', type: 'numeric', precision: 48, scale: 0, default: 0 })
  settledPicoUsd!: string;

  /** What the chain has paid the pair or reserved for it alone: never released, never given to another. */
  @Column({ name: 'assured_pico_usd', type: 'numeric', precision: 48, scale: 0, default: 0 })
  assuredPicoUsd!: string;

  /** Newest expiry among the Holds signed for the pair: before it (and a grace) nothing held is released. */
  @Column({ name: 'expires_at_ms', type: 'bigint', default: 0 })
  expiresAtMs!: string;
}
