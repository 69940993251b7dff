import type { Abi, Address } from 'abitype';
import { encodeDeployData, type Hex } from 'viem';
import { amdSnpVerifierAbi, amdSnpVerifierBytecode } from '../generated/amd-snp-verifier.ts';
import { hearthAccessManagerAbi, hearthAccessManagerBytecode } from '../generated/hearth-access-manager.ts';
import { hearthSettlementAbi, hearthSettlementBytecode } from '../generated/hearth-settlement.ts';
import { intelDcapCollateralAbi, intelDcapCollateralBytecode } from '../generated/intel-dcap-collateral.ts';
import {
  intelEnclaveRegistryAbi,
  intelEnclaveRegistryBytecode,
} from '../generated/intel-enclave-registry.ts';
import { logAnchorAbi, logAnchorBytecode } from '../generated/log-anchor.ts';
import {
  simulatedDcapCollateralAbi,
  simulatedDcapCollateralBytecode,
} from '../generated/simulated-dcap-collateral.ts';
import {
  simulatedEnclaveRegistryAbi,
  simulatedEnclaveRegistryBytecode,
} from '../generated/simulated-enclave-registry.ts';
import {
  simulatedSnpVerifierAbi,
  simulatedSnpVerifierBytecode,
} from '../generated/simulated-snp-verifier.ts';
import { stakeVaultAbi, stakeVaultBytecode } from '../generated/stake-vault.ts';
import { testUsdAbi, testUsdBytecode } from '../generated/test-usd.ts';
import { topUpTillsAbi, topUpTillsBytecode } from '../generated/top-up-tills.ts';
import type { DeploymentSettings } from './settings.ts';

export const contractNames = [
  'accessManager',
  'token',
  'collateral',
  'snpVerifier',
  'registry',
  'settlement',
  'stakeVault',
  'logAnchor',
  'topUpTills',
] as const;
export type ContractName = (typeof contractNames)[number];
export type ContractAddresses = Readonly<Record<ContractName, Address>>;

export interface PlannedContract {
  readonly name: ContractName;
  /** The contract's name in contracts/src. */
  readonly contract: string;
  /** Creation code with its arguments, which may be addresses of contracts before it. */
  creationCode(addresses: ContractAddresses): Hex;
}

/** The contracts of a market, each after those that it names. The token is left out where it exists already. */
export function deploymentPlan(settings: DeploymentSettings): PlannedContract[] {
  const { governance: roles } = settings;
  const intel = settings.vendor === 'intel';
  return [
    planned(
      'accessManager',
      'HearthAccessManager',
      hearthAccessManagerAbi,
      hearthAccessManagerBytecode,
      () => [
        {
          admin: roles.admin,
          releaseManager: roles.releaseManager,
          revoker: roles.revoker,
          guardian: roles.guardian,
        },
        roles.adminDelaySec,
        roles.releaseDelaySec,
      ],
    ),
    ...(settings.token === 'deploy-test-token'
      ? [planned('token', 'TestUsd', testUsdAbi, testUsdBytecode, () => [])]
      : []),
    intel
      ? planned(
          'collateral',
          'IntelDcapCollateral',
          intelDcapCollateralAbi,
          intelDcapCollateralBytecode,
          () => [],
        )
      : planned(
          'collateral',
          'SimulatedDcapCollateral',
          simulatedDcapCollateralAbi,
          simulatedDcapCollateralBytecode,
          () => [],
        ),
    intel
      ? planned('snpVerifier', 'AmdSnpVerifier', amdSnpVerifierAbi, amdSnpVerifierBytecode, () => [])
      : planned(
          'snpVerifier',
          'SimulatedSnpVerifier',
          simulatedSnpVerifierAbi,
          simulatedSnpVerifierBytecode,
          () => [],
        ),
    intel
      ? planned(
          'registry',
          'IntelEnclaveRegistry',
          intelEnclaveRegistryAbi,
          intelEnclaveRegistryBytecode,
          (at) => [at.collateral, at.snpVerifier, at.accessManager],
        )
      : planned(
          'registry',
          'SimulatedEnclaveRegistry',
          simulatedEnclaveRegistryAbi,
          simulatedEnclaveRegistryBytecode,
          (at) => [at.collateral, at.snpVerifier, at.accessManager],
        ),
    planned('settlement', 'HearthSettlement', hearthSettlementAbi, hearthSettlementBytecode, (at) => [
      at.registry,
      at.token,
      settings.operatorFeeRecipient,
      settings.feeBps,
      at.accessManager,
    ]),
    planned('stakeVault', 'StakeVault', stakeVaultAbi, stakeVaultBytecode, (at) => [
      at.token,
      at.registry,
      at.settlement,
      settings.minStakeMicroUsd,
      settings.insurance,
    ]),
    planned('logAnchor', 'LogAnchor', logAnchorAbi, logAnchorBytecode, () => [
      settings.logOperator,
      settings.logOriginHash,
    ]),
    planned('topUpTills', 'TopUpTills', topUpTillsAbi, topUpTillsBytecode, (at) => [at.token, at.settlement]),
  ];
}

function planned(
  name: ContractName,
  contract: string,
  abi: Abi,
  bytecode: Hex,
  argsOf: (addresses: ContractAddresses) => readonly unknown[],
): PlannedContract {
  return {
    name,
    contract,
    creationCode: (addresses) => encodeDeployData({ abi, bytecode, args: argsOf(addresses) }),
  };
}
