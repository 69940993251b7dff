import type { Abi, Address } from 'abitype';
import type { Account, Chain, Hex, PublicClient, Transport, WalletClient } from 'viem';
import { zeroAddress } from 'viem';
import { hearthSettlementAbi, hearthSettlementBytecode } from './generated/hearth-settlement.ts';
import { intelDcapCollateralAbi, intelDcapCollateralBytecode } from './generated/intel-dcap-collateral.ts';
import { intelEnclaveRegistryAbi, intelEnclaveRegistryBytecode } from './generated/intel-enclave-registry.ts';
import {
  simulatedDcapCollateralAbi,
  simulatedDcapCollateralBytecode,
} from './generated/simulated-dcap-collateral.ts';
import {
  simulatedEnclaveRegistryAbi,
  simulatedEnclaveRegistryBytecode,
} from './generated/simulated-enclave-registry.ts';
import { testUsdAbi, testUsdBytecode } from './generated/test-usd.ts';

export interface DeployMarketOptions {
  readonly publicClient: PublicClient;
  readonly walletClient: WalletClient<Transport, Chain | undefined, Account>;
  readonly operatorFeeRecipient: Address;
  /** Basis points, at most 500; fixed in the contract for ever. */
  readonly feeBps: number;
  /** Which vendor root the registry trusts: the worthless development root, or Intel's. Never optional. */
  readonly simulated: boolean;
  /** An existing 6-decimal stablecoin; left out, a TestUsd is deployed (its mint works on chain 31337 only). */
  readonly token?: Address;
  /** May stop new deposits and orders, and nothing else; left out, nobody ever can. */
  readonly guardian?: Address;
}

export interface DeployedMarket {
  readonly token: Address;
  /** What the vendor signs about its platforms; the registry trusts no other. */
  readonly collateral: Address;
  readonly registry: Address;
  readonly settlement: Address;
  /** Block of the first deployment: no event of this market is older. */
  readonly deploymentBlock: bigint;
}

/** Deploys token (unless given), collateral, registry and settlement contract, each confirmed before the next. */
export async function deployMarket(options: DeployMarketOptions): Promise<DeployedMarket> {
  const deploymentBlock = (await options.publicClient.getBlockNumber({ cacheTime: 0 })) + 1n;
  const token = options.token ?? (await deploy(options, testUsdAbi, testUsdBytecode, []));
  const collateral = options.simulated
    ? await deploy(options, simulatedDcapCollateralAbi, simulatedDcapCollateralBytecode, [])
    : await deploy(options, intelDcapCollateralAbi, intelDcapCollateralBytecode, []);
  const registry = options.simulated
    ? await deploy(options, simulatedEnclaveRegistryAbi, simulatedEnclaveRegistryBytecode, [collateral])
    : await deploy(options, intelEnclaveRegistryAbi, intelEnclaveRegistryBytecode, [collateral]);
  const settlement = await deploy(options, hearthSettlementAbi, hearthSettlementBytecode, [
    registry,
    token,
    options.operatorFeeRecipient,
    options.feeBps,
    options.guardian ?? zeroAddress,
  ]);
  return { token, collateral, registry, settlement, deploymentBlock };
}

async function deploy(
  { publicClient, walletClient }: DeployMarketOptions,
  abi: Abi,
  bytecode: Hex,
  args: readonly unknown[],
): Promise<Address> {
  const hash = await walletClient.deployContract({
    abi,
    bytecode,
    args,
    account: walletClient.account,
    chain: walletClient.chain ?? null,
  });
  const { status, contractAddress } = await publicClient.waitForTransactionReceipt({
    hash,
    pollingInterval: 50,
  });
  if (status !== 'success' || !contractAddress)
    throw new Error(`contract deployment ${hash}: expected success with an address, got ${status}`);
  return contractAddress;
}
