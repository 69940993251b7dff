import {
  type CollateralDocuments,
  collateralUpserts,
  type DeployedMarket,
  deployMarket,
  intelDcapCollateralAbi,
  intelEnclaveRegistryAbi,
  registrationFromQuote,
} from '@hearth/contracts';
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  http,
  zeroHash,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type ChainOptions, startChain } from '../environment/chain.ts';
import { developmentChain } from '../environment/development-chain.ts';
import { timeMachine } from './time-machine.ts';

/** How far a quote made for somebody else came: 'accepted' up to the last question about it, whether it names our keys. */
export type Standing = { readonly accepted: boolean; readonly refusal: string };

/** A chain whose clock can be set to the time of a vector. */
export async function startVectorChain(options: ChainOptions) {
  const chain = await startChain(options);
  const [relayer] = chain.accounts;
  if (relayer === undefined) throw new Error('expected a funded account');
  const clientOptions = { chain: developmentChain(chain), transport: http(chain.rpcUrl) };
  const publicClient = createPublicClient({ ...clientOptions, cacheTime: 0 });
  const account = privateKeyToAccount(relayer.privateKey);
  const walletClient = createWalletClient({ ...clientOptions, account });
  const abi = [
    ...intelEnclaveRegistryAbi,
    ...intelDcapCollateralAbi.filter((entry) => entry.type === 'error'),
  ] as const;
  const keys = {
    provider: account.address,
    nodeKey: zeroHash,
    enclaveKey: account.address,
    firstHpkeKeyId: zeroHash,
    teeType: 2,
    tier: 1,
    configHash: zeroHash,
    anchorBlockNumber: 0n,
    anchorBlockHash: zeroHash,
  };

  function deploy(): Promise<DeployedMarket> {
    return deployMarket({
      publicClient,
      walletClient,
      operatorFeeRecipient: account.address,
      feeBps: 0,
      simulated: false,
    });
  }

  /** Sends what the evidence brings along: collateral first, then the platform. Throws what the contracts say. */
  async function bring({ registry }: DeployedMarket, quote: Uint8Array, documents: CollateralDocuments) {
    const registration = registrationFromQuote(quote);
    const { timestamp } = await publicClient.getBlock();
    const options = { publicClient, registry, registration, documents };
    const upserts = await collateralUpserts({ ...options, neededUntilUnixSec: Number(timestamp) });
    for (const { to, data } of upserts) await walletClient.sendTransaction({ to, data });
    const { leafDer, authorityKeyHash } = registration;
    await walletClient.writeContract({
      address: registry,
      abi,
      functionName: 'registerPlatform',
      args: [leafDer, authorityKeyHash],
    });
  }

  async function judge({ registry }: DeployedMarket, quote: Uint8Array): Promise<Standing> {
    try {
      const { quote: cut, pckKey } = registrationFromQuote(quote);
      const args = [keys, cut, pckKey, 0n, '0x'] as const;
      await publicClient.simulateContract({
        address: registry,
        abi,
        account,
        functionName: 'registerEnclave',
        args,
      });
    } catch (error) {
      const refusal = refusalOf(error);
      return { accepted: refusal === 'ReportDataWrong', refusal };
    }
    throw new Error('a quote made for somebody else was registered');
  }

  return { chain, publicClient, ...timeMachine(chain), deploy, bring, judge };
}

/** Name of the contract's error, or the message of what failed before. */
export function refusalOf(error: unknown): string {
  const reverted =
    error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError) return reverted.data?.errorName ?? 'reverted';
  return error instanceof Error ? error.message.slice(0, 120) : String(error);
}
