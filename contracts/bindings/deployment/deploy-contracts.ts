import type { Address } from 'abitype';
import { createOnce, type Deployer } from './create-once.ts';
import { type ContractAddresses, type ContractName, deploymentPlan } from './deployment-plan.ts';
import type { DeploymentSettings } from './settings.ts';

export interface Deployment {
  readonly addresses: ContractAddresses;
  /** Block of the first creation: no event of this market is older. */
  readonly deploymentBlock: bigint;
}

/** Deploys what the journal does not have yet, each contract confirmed before the next. */
export async function deployContracts(deployer: Deployer, settings: DeploymentSettings): Promise<Deployment> {
  const addresses: Partial<Record<ContractName, Address>> =
    settings.token === 'deploy-test-token' ? {} : { token: settings.token };
  const plan = deploymentPlan(settings);
  for (const { name, creationCode } of plan) {
    // A planned contract names only what stands before it in the plan.
    addresses[name] = await createOnce(deployer, name, creationCode(addresses as ContractAddresses));
  }
  const first = plan[0] && deployer.journal.load(plan[0].name)?.blockNumber;
  if (first === undefined) throw new Error('expected the journal to know the block of the first creation');
  return { addresses: addresses as ContractAddresses, deploymentBlock: first };
}
