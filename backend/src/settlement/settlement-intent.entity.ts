import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

export const intentStates = [
  /** No cap that covers the receipt is known. */
  'waiting',
  /** To be sent when due. */
  'pending',
  /** In a signed transaction. */
  'sending',
  /** Our transaction paid it, true at the safe block. */
  'settled',
  /** Somebody else, the host for one, settled this sequence or a later one. */
  'settled-elsewhere',
  /** A newer receipt of the pair took its place: that one pays for both. */
  'superseded',
  /** The contract moved nothing and will not; `detail` says why. */
  'refused',
] as const;
export type IntentState = (typeof intentStates)[number];

/** Outbox: what to do on the chain about one receipt, written in the transaction that stored it. */
@Entity('settlement_intent')
@Check('settlement_intent_state', `state IN (${intentStates.map((state) => `'${state}'`).join(', ')})`)
@Index('settlement_intent_due', ['chainRef', 'dueAtMs'], { where: `state = 'pending'` })
@Index('settlement_intent_by_tx', ['chainTxId'])
@Index('settlement_intent_open', ['orderHash', 'enclaveKey'], { where: `state IN ('waiting', 'pending')` })
export class SettlementIntentEntity {
  @PrimaryColumn({ name: 'receipt_hash', type: 'text', primaryKeyConstraintName: 'settlement_intent_pk' })
  receiptHash!: string;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  @Column({ name: 'order_hash', type: 'text' })
  orderHash!: string;

  @Column({ name: 'enclave_key', type: 'text' })
  enclaveKey!: string;

  @Column({ type: 'text' })
  state!: IntentState;

  @Column({ name: 'due_at_ms', type: 'bigint' })
  dueAtMs!: string;

  @Column({ name: 'chain_tx_id', type: 'integer', nullable: true })
  chainTxId!: number | null;

  @Column({ type: 'text', nullable: true })
  detail!: string | null;
}
