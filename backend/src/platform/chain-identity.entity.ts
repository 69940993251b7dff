import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A chain as an address book for rows: a development chain dies with its process, its rows stay behind under their own reference. */
@Entity('chain')
@Unique('chain_identity', ['chainId', 'genesisHash', 'settlement'])
export class ChainIdentityEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'chain_pk',
  })
  ref!: number;

  @Column({ name: 'chain_id', type: 'bigint' })
  chainId!: string;

  @Column({ name: 'genesis_hash', type: 'text' })
  genesisHash!: string;

  @Column({ type: 'text' })
  settlement!: string;
}
