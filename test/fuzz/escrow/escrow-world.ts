import { addressOf, fromHex, type Hex, sha256 } from '@hearth/attestation/receipt';
import {
  type DeployedMarket,
  deployMarket,
  hearthSettlementAbi,
  stakeVaultAbi,
  testUsdAbi,
} from '@hearth/contracts';
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  http,
  maxUint256,
  type PublicClient,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type Chain, startChain } from '../../environment/chain.ts';
import { developmentChain } from '../../environment/development-chain.ts';
import { clientsOf } from '../../market/accounts.ts';
import { type Account, cast, type Enclave, providerOf } from './operation.ts';
import { registerEnclaves } from './register-enclaves.ts';
import { Rpc } from './rpc.ts';
import { minStakeMicroUsd } from './stake-model.ts';

/** What everybody has in their wallet before anything happens. */
export const walletMicroUsd = 1_000_000_000n;
const startsAtUnixSec = 1_790_000_000;

/** A chain with the contracts on it, everybody's keys, and money in every wallet. */
export interface EscrowWorld {
  readonly market: DeployedMarket;
  readonly chainId: number;
  readonly rpc: Rpc;
  readonly publicClient: PublicClient;
  readonly nowUnixSec: bigint;
  addressOf(account: Account): Hex;
  keyOf(account: Account): Uint8Array;
  enclaveKeyOf(enclave: Enclave): Uint8Array;
  stop(): Promise<void>;
}

export async function startEscrowWorld(feeBps: number): Promise<EscrowWorld> {
  const chain = await startChain({ accountCount: 10, startsAtUnixSec });
  const account = (index: Account) => chain.accounts[index] ?? unknown(index);
  const transport = http(chain.rpcUrl);
  const market = await deployMarket({
    publicClient: clientsOf(chain, 'stranger').publicClient,
    walletClient: createWalletClient({
      account: privateKeyToAccount(account(cast.guardian).privateKey),
      chain: developmentChain(chain),
      transport,
    }),
    operatorFeeRecipient: account(cast.operator).address,
    feeBps,
    simulated: true,
    minStakeMicroUsd,
  });
  const world: EscrowWorld = {
    market,
    chainId: chain.chainId,
    rpc: new Rpc(chain.rpcUrl, [...hearthSettlementAbi, ...stakeVaultAbi, ...testUsdAbi]),
    // Reads of one moment travel together; as many as fit into the code of a deployment that is never made.
    publicClient: createPublicClient({
      chain: developmentChain(chain),
      transport,
      batch: { multicall: { deployless: true, batchSize: 8_000 } },
    }),
    nowUnixSec: BigInt(startsAtUnixSec) + 86_400n,
    addressOf: (index) => account(index).address,
    keyOf: (index) => fromHex(account(index).privateKey),
    enclaveKeyOf: (enclave) => sha256(Buffer.from(`enclave ${enclave} of the escrow model`)),
    stop: () => chain.stop(),
  };
  await prepare(world, chain);
  return world;
}

async function prepare(world: EscrowWorld, chain: Chain): Promise<void> {
  const { token, stakeVault } = world.market;
  const mint = (to: Hex) =>
    encodeFunctionData({ abi: testUsdAbi, functionName: 'mint', args: [to, walletMicroUsd] });
  const allowBonds = encodeFunctionData({
    abi: testUsdAbi,
    functionName: 'approve',
    args: [stakeVault, maxUint256],
  });
  for (let index = 0; index < cast.accounts; index += 1) {
    const from = world.addressOf(index);
    for (const data of [mint(from), allowBonds])
      await world.rpc.request('eth_sendTransaction', { from, to: token, data });
  }
  const enclaves = Array.from({ length: cast.enclaves }, (_, enclave) => enclave);
  for (const provider of cast.providers) {
    const keys = enclaves.filter((enclave) => providerOf(enclave) === provider).map(world.enclaveKeyOf);
    await registerEnclaves(
      chain,
      world.market,
      { address: world.addressOf(provider), key: world.keyOf(provider) },
      keys,
    );
  }
}

export function enclaveAddress(world: EscrowWorld, enclave: Enclave): Hex {
  return addressOf(world.enclaveKeyOf(enclave));
}

function unknown(index: Account): never {
  throw new Error(`account ${index}: expected one of the chain's`);
}
