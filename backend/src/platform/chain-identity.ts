import type { Hex } from '@hearth/attestation/receipt';
import { type Eip712Domain, marketDomain, registryDomain } from '@hearth/contracts/typed-data';
import { HearthError } from '@hearth/sdk/protocol';
import { DataSource } from 'typeorm';
import { ChainClient } from './chain-client.ts';
import type { Config } from './config.ts';

/** Which chain and contracts this process works for, checked against the RPC endpoint at boot. Rows are keyed by `ref`. */
export class ChainIdentity {
  constructor(
    readonly ref: number,
    readonly chainId: number,
    readonly genesisHash: Hex,
    readonly marketDomain: Eip712Domain,
    readonly registryDomain: Eip712Domain,
    /** Origin of the transparency log: another chain, another log. */
    readonly logName: string,
  ) {}

  /** @throws HearthError `unavailable` when the endpoint serves another chain or no settlement contract stands there */
  static async resolve(config: Config, chain: ChainClient, dataSource: DataSource): Promise<ChainIdentity> {
    const [chainId, genesis, code] = await Promise.all([
      chain.rpc.getChainId(),
      chain.block(0n),
      chain.rpc.getCode({ address: config.settlement }),
    ]);
    if (chainId !== config.chainId)
      throw new HearthError('unavailable', `chain at RPC_URL: expected id ${config.chainId}, got ${chainId}`);
    if (code === undefined)
      throw new HearthError(
        'unavailable',
        `settlement contract: expected code at ${config.settlement}, got none`,
      );
    const ref = await saveIdentity(dataSource, chainId, genesis.hash, config.settlement);
    return new ChainIdentity(
      ref,
      chainId,
      genesis.hash,
      marketDomain(chainId, config.settlement),
      registryDomain(chainId, config.registry),
      config.logName ?? `hearth.log/${chainId}/${config.settlement}/${genesis.hash.slice(2, 18)}`,
    );
  }
}

async function saveIdentity(
  dataSource: DataSource,
  chainId: number,
  genesisHash: Hex,
  settlement: Hex,
): Promise<number> {
  await dataSource.query(
    `INSERT INTO chain (chain_id, genesis_hash, settlement) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [chainId, genesisHash, settlement],
  );
  const rows: { ref: number }[] = await dataSource.query(
    `SELECT ref FROM chain WHERE chain_id = $1 AND genesis_hash = $2 AND settlement = $3`,
    [chainId, genesisHash, settlement],
  );
  return (rows[0] as { ref: number }).ref;
}
