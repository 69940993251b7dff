import type { Bundle, ChainObservations, TrustFile } from '../protocol/index.ts';
import type { Chain } from './chain.ts';

/** The chain's answers that an audit needs: asked now, or recalled from the trust file. */
export type ChainFacts = Pick<Chain, 'enclave' | 'settledIn' | 'chainId'> & {
  order(orderHash: `0x${string}`): Promise<{ readonly buyer: `0x${string}` }>;
  pair(
    ...of: Parameters<Chain['pair']>
  ): Promise<Pick<Awaited<ReturnType<Chain['pair']>>, 'paidMicroUsd' | 'sequence'>>;
};

/** Looks up on the chain what a bundle claims of it, for the trust file of an auditor who will be offline. */
export async function observeChain(chain: ChainFacts, bundle: Bundle): Promise<ChainObservations> {
  const { settlement } = bundle.receipt;
  const { enclaveKey, orderHash } = settlement;
  if (!bundle.settlement) return { enclaves: [], settlements: [] };
  const { txHash } = bundle.settlement;
  const [enclave, order, pair, events] = await Promise.all([
    chain.enclave(enclaveKey),
    chain.order(orderHash),
    chain.pair(orderHash, enclaveKey),
    chain.settledIn(txHash),
  ]);
  const lower = (text: string) => text.toLowerCase() as `0x${string}`;
  const { tier, detailsHash } = enclave;
  return {
    enclaves: [{ enclaveKey, provider: lower(enclave.provider), tier, detailsHash }],
    settlements: events
      .filter((event) => event.orderHash === orderHash && event.enclaveKey === enclaveKey)
      .map((event) => ({ ...event, txHash, buyer: lower(order.buyer), paidMicroUsd: pair.paidMicroUsd })),
  };
}

/** The chain as the trust file remembers it; undefined when it remembers nothing of this enclave or this settlement. */
export function recallChain(trust: TrustFile, bundle: Bundle): ChainFacts | undefined {
  const { enclaveKey, orderHash } = bundle.receipt.settlement;
  const enclave = trust.chain.observed?.enclaves.find((seen) => seen.enclaveKey === enclaveKey);
  const ofPair = (trust.chain.observed?.settlements ?? []).filter(
    (seen) => seen.orderHash === orderHash && seen.enclaveKey === enclaveKey,
  );
  const newest = ofPair.toSorted((a, b) => Number(b.sequence - a.sequence))[0];
  if (!enclave || !newest) return undefined;
  return {
    chainId: async () => trust.chain.chainId,
    enclave: async () => ({ ...enclave, expiresAtUnixSec: 0 }),
    order: async () => newest,
    pair: async () => newest,
    settledIn: async (txHash) => ofPair.filter((seen) => seen.txHash === txHash),
  };
}
