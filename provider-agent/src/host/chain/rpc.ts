import type { Hex } from '@hearth/attestation/receipt';
import { type Chain, createPublicClient, defineChain, http, type PublicClient } from 'viem';
import { AgentError, messageOf } from '../../agent-error.ts';

export type ChainFacts = { readonly chainId: number; readonly registry: Hex; readonly settlement: Hex };

const RPC_TIMEOUT_MS = 10_000;

function chainOf({ chainId }: ChainFacts, rpcUrl: string): Chain {
  return defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
}

/** A cached head would let facts look newer than they are, hence `cacheTime: 0`. */
export function publicClientFor(facts: ChainFacts, rpcUrl: string): PublicClient {
  return createPublicClient({
    chain: chainOf(facts, rpcUrl),
    transport: http(rpcUrl, { timeout: RPC_TIMEOUT_MS, retryCount: 1 }),
    cacheTime: 0,
    pollingInterval: 250,
  });
}

/**
 * A wrong chain id or address in home.yaml would only show as refused signatures much later.
 * @throws AgentError `chain_mismatch` or `chain_unreachable`
 */
export async function assertChain(rpc: PublicClient, facts: ChainFacts, rpcUrl: string): Promise<void> {
  const chainId = await rpc.getChainId().catch((cause: unknown) => {
    throw new AgentError('chain_unreachable', `rpcUrl ${rpcUrl}: ${firstLine(cause)}`, { cause });
  });
  if (chainId !== facts.chainId)
    throw new AgentError(
      'chain_mismatch',
      `rpcUrl ${rpcUrl}: expected chain ${facts.chainId}, got ${chainId}`,
    );
  for (const name of ['registry', 'settlement'] as const) {
    const code = await rpc.getCode({ address: facts[name] });
    if (!code)
      throw new AgentError('chain_mismatch', `chain.${name} ${facts[name]}: no contract on chain ${chainId}`);
  }
}

/** viem's messages go on for a page; the first line names the failure. */
export function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}
