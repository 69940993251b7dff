import type { Abi, Address } from 'abitype';
import { type Hex, keccak256, type PublicClient, toFunctionSelector } from 'viem';
import { amdSnpVerifierAbi } from '../generated/amd-snp-verifier.ts';
import { hearthAccessManagerAbi } from '../generated/hearth-access-manager.ts';
import { hearthSettlementAbi } from '../generated/hearth-settlement.ts';
import { intelEnclaveRegistryAbi } from '../generated/intel-enclave-registry.ts';
import { logAnchorAbi } from '../generated/log-anchor.ts';
import { runtimeCode } from '../generated/runtime-code.ts';
import { stakeVaultAbi } from '../generated/stake-vault.ts';
import { topUpTillsAbi } from '../generated/top-up-tills.ts';
import { type ContractAddresses, deploymentPlan } from './deployment-plan.ts';
import { governanceRoles, governedFunctions } from './governed-functions.ts';
import type { DeploymentSettings } from './settings.ts';

/** One thing looked at on the chain. */
export interface DeploymentCheck {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

/** Reads back what was deployed: code, parameters, roles with their delays. Only the addresses are taken on trust. */
export async function verifyDeployment(
  publicClient: PublicClient,
  addresses: ContractAddresses,
  settings: DeploymentSettings,
  deployer: Address,
): Promise<DeploymentCheck[]> {
  const groups = await Promise.all([
    checkCode(publicClient, addresses, settings),
    checkParameters(publicClient, addresses, settings),
    checkRoles(publicClient, addresses, settings, deployer),
  ]);
  return groups.flat();
}

/** What this build would have at runtime, immutables (its constructor's choices) left out; they are read back by name. */
async function checkCode(
  publicClient: PublicClient,
  addresses: ContractAddresses,
  settings: DeploymentSettings,
): Promise<DeploymentCheck[]> {
  // The verifier of SEV-SNP reports deploys its collateral itself.
  const snpCollateral = await publicClient
    .readContract({ address: addresses.snpVerifier, abi: amdSnpVerifierAbi, functionName: 'collateral' })
    .catch(() => addresses.snpVerifier); // answers nothing: its code is wrong, and this then is, too
  const places = deploymentPlan(settings).map(({ name, contract }) => ({
    name: name as string,
    contract,
    address: addresses[name],
  }));
  const contract = settings.vendor === 'intel' ? 'AmdSnpCollateral' : 'SimulatedSnpCollateral';
  return await Promise.all(
    [...places, { name: 'snpVerifier.collateral', contract, address: snpCollateral }].map((place) =>
      checkCodeAt(publicClient, place),
    ),
  );
}

async function checkCodeAt(
  publicClient: PublicClient,
  {
    name,
    contract,
    address,
  }: { readonly name: string; readonly contract: string; readonly address: Address },
): Promise<DeploymentCheck> {
  const build = runtimeCode[contract as keyof typeof runtimeCode];
  const code = (await publicClient.getCode({ address })) ?? '0x';
  const hash = keccak256(withoutImmutables(code, build.immutables));
  return compare(`${name}: code of ${contract}`, build.hash, hash);
}

function withoutImmutables(code: Hex, places: readonly (readonly [start: number, length: number])[]): Hex {
  let text = code.slice(2);
  for (const [start, length] of places) {
    if (text.length < 2 * (start + length)) break; // shorter than the build: the hash will tell
    text = text.slice(0, 2 * start) + '00'.repeat(length) + text.slice(2 * (start + length));
  }
  return `0x${text}`;
}

function checkParameters(
  publicClient: PublicClient,
  at: ContractAddresses,
  settings: DeploymentSettings,
): Promise<DeploymentCheck[]> {
  const contracts = {
    registry: intelEnclaveRegistryAbi, // the simulated one has the same functions
    settlement: hearthSettlementAbi,
    stakeVault: stakeVaultAbi,
    logAnchor: logAnchorAbi,
    topUpTills: topUpTillsAbi,
  } as const satisfies Record<string, Abi>;
  const expected: [keyof typeof contracts, string, unknown][] = [
    ['registry', 'collateral', at.collateral],
    ['registry', 'snpVerifier', at.snpVerifier],
    ['registry', 'authority', at.accessManager],
    ['settlement', 'registry', at.registry],
    ['settlement', 'token', at.token],
    ['settlement', 'operatorFeeRecipient', settings.operatorFeeRecipient],
    ['settlement', 'feeBps', settings.feeBps],
    ['settlement', 'guardian', at.accessManager],
    ['stakeVault', 'token', at.token],
    ['stakeVault', 'registry', at.registry],
    ['stakeVault', 'settlement', at.settlement],
    ['stakeVault', 'minStakeMicroUsd', settings.minStakeMicroUsd],
    ['stakeVault', 'insurance', settings.insurance],
    ['logAnchor', 'operator', settings.logOperator],
    ['logAnchor', 'originHash', settings.logOriginHash],
    ['topUpTills', 'token', at.token],
    ['topUpTills', 'settlement', at.settlement],
  ];
  return Promise.all(
    expected.map(async ([name, functionName, value]) => {
      const abi: Abi = contracts[name];
      const got = await publicClient
        .readContract({ address: at[name], abi, functionName })
        .catch((error: unknown) => (error as { shortMessage?: string }).shortMessage ?? 'no answer');
      return compare(`${name}.${functionName}()`, value, got);
    }),
  );
}

async function checkRoles(
  publicClient: PublicClient,
  at: ContractAddresses,
  { governance }: DeploymentSettings,
  deployer: Address,
): Promise<DeploymentCheck[]> {
  const manager = { address: at.accessManager, abi: hearthAccessManagerAbi } as const;
  const accessOf = async (role: bigint, account: Address) => {
    const [isMember, delaySec] = await publicClient.readContract({
      ...manager,
      functionName: 'hasRole',
      args: [role, account],
    });
    return isMember ? `after ${delaySec} s` : 'no';
  };
  const holders = [
    ['admin', governance.admin, governance.adminDelaySec],
    ['releaseManager', governance.releaseManager, governance.releaseDelaySec],
    ['revoker', governance.revoker, 0],
    ['guardian', governance.guardian, 0],
  ] as const;
  const checks = holders.flatMap(([role, holder, delaySec]) => {
    const id = governanceRoles[role];
    const held = accessOf(id, holder).then((got) =>
      compare(`${role} ${holder} may act`, `after ${delaySec} s`, got),
    );
    const deployerHolds =
      holder.toLowerCase() === deployer.toLowerCase()
        ? []
        : [accessOf(id, deployer).then((got) => compare(`the deployer is ${role}`, 'no', got))];
    return [held, ...deployerHolds];
  });
  const functions = governedFunctions.map(async ({ contract, signature, role }) => {
    const got = await publicClient.readContract({
      ...manager,
      functionName: 'getTargetFunctionRole',
      args: [at[contract], toFunctionSelector(signature)],
    });
    return compare(`role for ${contract}.${signature}`, governanceRoles[role], got);
  });
  const guardian = publicClient
    .readContract({ ...manager, functionName: 'getRoleGuardian', args: [governanceRoles.releaseManager] })
    .then((got) =>
      compare('who may cancel what the release manager scheduled', governanceRoles.guardian, got),
    );
  return await Promise.all([...checks, ...functions, guardian]);
}

function compare(what: string, expected: unknown, got: unknown): DeploymentCheck {
  const [a, b] = [String(expected), String(got)];
  return { what, expected: a, got: b, ok: a.toLowerCase() === b.toLowerCase() };
}
