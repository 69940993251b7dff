import type { Address } from 'abitype';
import { z } from 'zod';
import type { Deployment } from '../../bindings/deployment/deploy-contracts.ts';
import { contractNames } from '../../bindings/deployment/deployment-plan.ts';
import type { DeploymentParameters } from './parameters.ts';

const address = z.string().regex(/^0x[0-9a-f]{40}$/) as unknown as z.ZodType<Address>;

/** What a deployment leaves for those who use it, and for those who check it. */
export const addressesFile = z.strictObject({
  schema: z.literal('hearth-deployment/1'),
  network: z.string(),
  chainId: z.int(),
  simulated: z.boolean(),
  /** Paid for the creations, and holds no role: verified. */
  deployer: address,
  /** No event of this market is older. */
  deploymentBlock: z.string().regex(/^[0-9]+$/),
  contracts: z.strictObject(
    Object.fromEntries(contractNames.map((name) => [name, address])) as Record<
      (typeof contractNames)[number],
      typeof address
    >,
  ),
  parameters: z.unknown(),
});
export type AddressesFile = z.infer<typeof addressesFile>;

export function toAddressesFile(
  parameters: DeploymentParameters,
  { addresses, deploymentBlock }: Deployment,
  deployer: Address,
): AddressesFile {
  const lower = (text: string) => text.toLowerCase() as Address;
  return {
    schema: 'hearth-deployment/1',
    network: parameters.network,
    chainId: parameters.chainId,
    simulated: parameters.vendor === 'simulated',
    deployer: lower(deployer),
    deploymentBlock: String(deploymentBlock),
    contracts: Object.fromEntries(
      contractNames.map((name) => [name, lower(addresses[name])]),
    ) as AddressesFile['contracts'],
    parameters,
  };
}
