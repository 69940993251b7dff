import { hashEnclaveKeys, hashEnrolEnclave } from '@hearth/attestation/receipt';
import {
  createSimulatedPlatform,
  type SimulatedPlatform,
  type SimulatedPlatformOptions,
} from '@hearth/attestation/simulated';
import {
  type CollateralDocuments,
  deployMarket,
  type EnclaveKeys,
  registrationFromQuote,
  registryDomain,
  simulatedDcapCollateralAbi,
  simulatedEnclaveRegistryAbi,
  type TdxRegistration,
} from '@hearth/contracts';
import {
  type Address,
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
  keccak256,
  toHex,
  zeroHash,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount, sign } from 'viem/accounts';
import { type Chain, startChain } from '../environment/chain.ts';
import { developmentChain } from '../environment/development-chain.ts';

export interface Registration {
  readonly keys: EnclaveKeys;
  readonly parts: TdxRegistration;
  readonly documents: CollateralDocuments;
  /** The same, a second later, with this platform's certificate revoked. */
  readonly revokedDocuments: CollateralDocuments;
  readonly deadlineUnixSec: bigint;
  readonly enrolmentSignature: Hex;
}

/** A chain with a simulated registry, a relayer's wallet, and signed registrations made on demand. */
export async function startRegistryWorld() {
  const chain = await startChain();
  const [relayer] = chain.accounts;
  if (relayer === undefined) throw new Error('expected a funded account');
  const transport = http(chain.rpcUrl);
  const publicClient = createPublicClient({ chain: developmentChain(chain), transport, cacheTime: 0 });
  const walletClient = createWalletClient({
    account: privateKeyToAccount(relayer.privateKey),
    chain: developmentChain(chain),
    transport,
  });
  const market = await deployMarket({
    publicClient,
    walletClient,
    operatorFeeRecipient: relayer.address,
    feeBps: 100,
    simulated: true,
  });
  const contract = { address: market.registry, abi: simulatedEnclaveRegistryAbi } as const;
  const collateral = { address: market.collateral, abi: simulatedDcapCollateralAbi } as const;
  return {
    chain,
    publicClient,
    walletClient,
    contract,
    collateral,
    ...registering({ chain, publicClient, contract }),
  };
}

type Parts = Pick<World, 'publicClient' | 'contract'> & { readonly chain: Chain };
type World = {
  readonly publicClient: ReturnType<typeof createPublicClient>;
  readonly contract: { readonly address: Address; readonly abi: typeof simulatedEnclaveRegistryAbi };
};

function registering({ chain, publicClient, contract }: Parts) {
  const domain = registryDomain(chain.chainId, contract.address);

  /** A fresh enclave of a fresh provider on a simulated machine, anchored in the newest block. */
  async function makeRegistration(
    options: Omit<SimulatedPlatformOptions, 'atUnixSec'>,
  ): Promise<Registration> {
    const providerKey = generatePrivateKey();
    const anchor = await publicClient.getBlock();
    const keys: EnclaveKeys = {
      provider: privateKeyToAccount(providerKey).address,
      nodeKey: keccak256(toHex('node')),
      enclaveKey: privateKeyToAccount(generatePrivateKey()).address,
      firstHpkeKeyId: keccak256(toHex('hpke')),
      teeType: 2,
      tier: 0,
      configHash: keccak256(toHex('config')),
      anchorBlockNumber: anchor.number,
      anchorBlockHash: anchor.hash,
    };
    const deadlineUnixSec = anchor.timestamp + 3600n;
    const { enclaveKey, nodeKey } = keys;
    const enrolment = hashEnrolEnclave(domain, { enclaveKey, nodeKey, deadlineUnixSec });
    const platform = createSimulatedPlatform({ ...options, atUnixSec: Number(anchor.timestamp) });
    return {
      keys,
      parts: registrationFromQuote(quoteOf(keys, platform)),
      documents: platform.collateral(),
      revokedDocuments: createSimulatedPlatform({
        ...options,
        atUnixSec: Number(anchor.timestamp) + 1,
      }).collateral('revoked'),
      deadlineUnixSec,
      enrolmentSignature: await sign({ hash: enrolment, privateKey: providerKey, to: 'hex' }),
    };
  }

  function quoteOf(keys: EnclaveKeys, platform: SimulatedPlatform): Uint8Array {
    const [mrtd, ...rtmrs] = ['mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'].map(register48) as [
      Hex,
      Hex,
      Hex,
      Hex,
      Hex,
    ];
    return platform.quote({
      mrtd,
      rtmrs,
      mrConfigId: register48('configuration'),
      mrOwner: register48('owner'),
      reportData: `${hashEnclaveKeys(domain, keys)}${zeroHash.slice(2)}`,
    });
  }
  return { makeRegistration };
}

/** 48 distinct bytes, as a measurement register holds. */
function register48(label: string): Hex {
  return `${keccak256(toHex(label))}${keccak256(toHex(`${label} tail`)).slice(2, 34)}`;
}

/** The arguments of `registerEnclave`, with the quote as given or bent. */
export function registerEnclaveArgs(registration: Registration, quote: Hex = registration.parts.quote) {
  const { keys, parts, deadlineUnixSec, enrolmentSignature } = registration;
  return [keys, quote, parts.pckKey, deadlineUnixSec, enrolmentSignature] as const;
}
