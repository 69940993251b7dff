import { DataSource } from 'typeorm';
import { ChainIdentity } from '../../backend/src/platform/chain-identity.ts';
import { dataSourceOptions } from '../../backend/src/schema.ts';
import { type Postgres, startPostgres } from '../environment/postgres.ts';

export interface MigratedDatabase {
  readonly dataSource: DataSource;
  /** The identity of a chain that no test asks anything. */
  readonly chain: ChainIdentity;
  stop(): Promise<void>;
}

/** An empty, migrated database for tests of services that need no chain. */
export async function startMigratedDatabase(name: string): Promise<MigratedDatabase> {
  const postgres: Postgres = await startPostgres();
  const { url } = await postgres.createDatabase(name);
  const dataSource = await new DataSource(dataSourceOptions(url)).initialize();
  const address = `0x${'ab'.repeat(20)}` as const;
  const domain = { name: 'Hearth', version: '1', chainId: 31_337, verifyingContract: address };
  const chain = new ChainIdentity(1, 31_337, `0x${'00'.repeat(32)}`, domain, domain, 'hearth.log/test');
  return {
    dataSource,
    chain,
    stop: async () => {
      await dataSource.destroy();
      await postgres.stop();
    },
  };
}
