import type { Hex } from '@hearth/attestation/receipt';
import type { MarketChain } from './market-chain.ts';

/** Whether the chain has heard of them all. It does not forget an enclave; while it is away, nobody is called a forger. */
export async function areEnclaves(
  chain: Pick<MarketChain, 'enclave'>,
  enclaveKeys: readonly Hex[],
): Promise<boolean> {
  const known = enclaveKeys.map((key) =>
    chain.enclave(key).then(
      (enclave) => enclave !== undefined,
      () => true,
    ),
  );
  return (await Promise.all(known)).every(Boolean);
}
