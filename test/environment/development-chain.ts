import { defineChain, type Chain as ViemChain } from 'viem';
import { getTransactionCount } from 'viem/actions';
import type { Chain } from './chain.ts';

/** The most that one transaction may burn (EIP-7825). */
const gas = 2n ** 24n;
const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n };

/**
 * The simulated chain as viem sees it. Transactions say by themselves what they may burn and pay: viem would ask the chain for
 * each of these, and the chain would run every transaction twice more to say how much it burns.
 */
export function developmentChain({ rpcUrl, chainId }: Pick<Chain, 'rpcUrl' | 'chainId'>): ViemChain {
  return defineChain({
    id: chainId,
    name: 'development',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
    prepareTransactionRequest: async (request, { client }) => {
      const account = request.account ?? client.account;
      if (!account) throw new Error('a transaction without a sender');
      const address = typeof account === 'string' ? account : account.address;
      const nonce = request.nonce ?? (await getTransactionCount(client, { address, blockTag: 'pending' }));
      return { type: 'eip1559', gas, ...fees, ...request, chainId, nonce } as typeof request;
    },
  });
}
