import type { Address } from 'abitype';
import type { PublicClient } from 'viem';
import type { Eip712Domain } from './domains.ts';
import { testUsdAbi } from './generated/test-usd.ts';

/** EIP-712 domain of a stablecoin: as it says itself (EIP-5267), or as tokens before that standard mean it. */
export async function readTokenDomain(
  client: Pick<PublicClient, 'readContract' | 'getChainId'>,
  token: Address,
): Promise<Eip712Domain> {
  const at = { address: token, abi: testUsdAbi } as const;
  const chainId = await client.getChainId();
  try {
    const [, name, version] = await client.readContract({ ...at, functionName: 'eip712Domain' });
    return { name, version, chainId, verifyingContract: token };
  } catch {
    const [name, version] = await Promise.all([
      client.readContract({ ...at, functionName: 'name' }),
      client.readContract({ address: token, abi: versionAbi, functionName: 'version' }).catch(() => '1'),
    ]);
    return { name, version, chainId, verifyingContract: token };
  }
}

const versionAbi = [
  { type: 'function', name: 'version', inputs: [], outputs: [{ type: 'string' }], stateMutability: 'view' },
] as const;
