import {
  addressOf,
  type Hex,
  hashEnclaveKeys,
  hashEnrolEnclave,
  signDigest,
} from '@hearth/attestation/receipt';
import { createSimulatedPlatform } from '@hearth/attestation/simulated';
import {
  type DeployedMarket,
  registrationFromQuote,
  registryDomain,
  simulatedEnclaveRegistryAbi,
} from '@hearth/contracts';
import type { Chain } from '../../environment/chain.ts';
import { clientsOf } from '../../market/accounts.ts';
import { supplyCollateral } from '../../market/supply-collateral.ts';

export interface Provider {
  readonly address: Hex;
  readonly key: Uint8Array;
}

const zero: Hex = `0x${'00'.repeat(32)}`;
const register: Hex = `0x${'5e'.repeat(48)}`;

/** Puts enclave keys of one provider, on one simulated machine, into the registry. */
export async function registerEnclaves(
  chain: Chain,
  market: DeployedMarket,
  provider: Provider,
  enclaveKeys: readonly Uint8Array[],
): Promise<void> {
  const clients = clientsOf(chain, 'stranger');
  const { publicClient, walletClient } = clients;
  const contract = { address: market.registry, abi: simulatedEnclaveRegistryAbi } as const;
  const domain = registryDomain(chain.chainId, market.registry);
  const anchor = await publicClient.getBlock();
  const platform = createSimulatedPlatform({ seed: provider.address, atUnixSec: Number(anchor.timestamp) });
  const deadlineUnixSec = anchor.timestamp + 3600n;
  for (const [index, key] of enclaveKeys.entries()) {
    const enclaveKey = addressOf(key);
    const keys = {
      provider: provider.address,
      nodeKey: zero,
      enclaveKey,
      firstHpkeKeyId: zero,
      teeType: 2,
      tier: 0,
      configHash: zero,
      anchorBlockNumber: anchor.number,
      anchorBlockHash: anchor.hash,
    };
    const registration = registrationFromQuote(
      platform.quote({
        mrtd: register,
        rtmrs: [register, register, register, register],
        mrConfigId: register,
        mrOwner: register,
        reportData: `${hashEnclaveKeys(domain, keys)}${zero.slice(2)}`,
      }),
    );
    if (index === 0) {
      await supplyCollateral(clients, market.registry, registration, platform.collateral());
      await walletClient.writeContract({
        ...contract,
        functionName: 'registerPlatform',
        args: [registration.leafDer, registration.authorityKeyHash],
      });
    }
    const consent = hashEnrolEnclave(domain, { enclaveKey, nodeKey: zero, deadlineUnixSec });
    await walletClient.writeContract({
      ...contract,
      functionName: 'registerEnclave',
      args: [
        keys,
        registration.quote,
        registration.pckKey,
        deadlineUnixSec,
        signDigest(consent, provider.key),
      ],
    });
  }
}
