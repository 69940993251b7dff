import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One API key of a buyer. The key itself is never stored. */
@Entity('api_key')
@Index('api_key_by_nonce', ['chainRef', 'owner', 'nonce'], { unique: true })
@Index('api_key_by_hash', ['keySha256'], { unique: true })
export class ApiKeyEntity {
  /** Shown to people; part of the key's text. */
  @PrimaryColumn({ name: 'key_id', type: 'text', primaryKeyConstraintName: 'api_key_pk' })
  keyId!: string;

  @Column({ name: 'chain_ref', type: 'integer' })
  chainRef!: number;

  /** The buyer account that signed for it. */
  @Column({ type: 'text' })
  owner!: string;

  /** SHA-256 of the key's text. The key has 256 random bits, so a plain hash cannot be searched. */
  @Column({ name: 'key_sha256', type: 'bytea' })
  keySha256!: Buffer;

  /** Of the signed statement: one key per signature. */
  @Column({ type: 'text' })
  nonce!: string;

  @Column({ name: 'issued_at_ms', type: 'bigint' })
  issuedAtMs!: string;
}
