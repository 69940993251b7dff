import { z } from 'zod';
import type { DeploymentSettings } from '../../bindings/deployment/settings.ts';

const DAY_SEC = 86_400;
/** Longer than an order's settlement window: whoever dislikes what the admin has scheduled can be out before it acts. */
const MIN_PRODUCTION_ADMIN_DELAY_SEC = 4 * DAY_SEC;
const MIN_PRODUCTION_RELEASE_DELAY_SEC = DAY_SEC;
const LOCAL_CHAIN_ID = 31_337;
/** Nobody has the key of an address below; precompiles and the placeholders of the example files are there. */
const FIRST_REAL_ADDRESS = 1n << 64n;

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, {
  error: 'expected an address, 20 bytes of 0x hex',
  abort: true, // what is asked of addresses below is not asked of this
});
const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/, 'expected 32 bytes of lower-case 0x hex');
const microUsd = z.string().regex(/^[1-9][0-9]{0,18}$/, 'expected a whole number of µUSD as text');
const delaySec = z
  .int()
  .min(0)
  .max(365 * DAY_SEC);

const fields = z.strictObject({
  $schema: z.string().optional(),
  schema: z.literal('hearth-deployment-parameters/1'),
  network: z.enum(['local', 'testnet', 'production']),
  chainId: z.int().min(1).describe('the RPC endpoint must answer with this chain id'),
  vendor: z.enum(['intel', 'simulated']).describe('whose evidence the registry trusts; production: intel'),
  token: z
    .union([z.literal('deploy-test-token'), address])
    .describe('a 6-decimal stablecoin; a test token can be minted by anyone and works on chain 31337 only'),
  operatorFeeRecipient: address,
  feeBps: z.int().min(0).max(500).describe('basis points of each settlement; fixed for ever'),
  minStakeMicroUsd: microUsd.describe('what answers for one live enclave, µUSD; fixed for ever'),
  insurance: address.describe('gets 90 % of a slash; fixed for ever'),
  logOperator: address.describe('the one account that may anchor checkpoints; fixed for ever'),
  logOriginHash: bytes32.describe("SHA-256 of the log's C2SP origin line; fixed for ever"),
  governance: z.strictObject({
    admin: address.describe('may change roles, after adminDelaySec'),
    releaseManager: address.describe('may list releases and lift bans, after releaseDelaySec'),
    revoker: address.describe('may withdraw releases, ban platforms and revoke enclave keys, at once'),
    guardian: address.describe('may pause additions, registrations, deposits and orders, at once'),
    adminDelaySec: delaySec,
    releaseDelaySec: delaySec,
  }),
  confirmations: z.int().min(1).max(256).describe('blocks on a creation before the next step'),
});
export type DeploymentParameters = z.infer<typeof fields>;

/** The parameter file. Production allows nothing simulated, nothing for tests, no haste, and no two roles in one hand. */
export const deploymentParameters = fields.superRefine((parameters, context) => {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const { network, governance } = parameters;
  if (parameters.token === 'deploy-test-token' && parameters.chainId !== LOCAL_CHAIN_ID)
    refuse(['token'], `expected an address: a test token works on chain ${LOCAL_CHAIN_ID} only`);
  if (network !== 'local')
    for (const [path, holder] of addressesOf(parameters))
      if (BigInt(holder) < FIRST_REAL_ADDRESS)
        refuse(path, `expected an account, got the placeholder ${holder}`);
  if (network === 'local' && parameters.chainId !== LOCAL_CHAIN_ID)
    refuse(['chainId'], `expected ${LOCAL_CHAIN_ID} on a local network`);
  if (network !== 'production') return;
  if (parameters.vendor !== 'intel')
    refuse(
      ['vendor'],
      `expected intel in production, got ${parameters.vendor}: simulated evidence proves nothing`,
    );
  if (parameters.chainId === LOCAL_CHAIN_ID) refuse(['chainId'], 'expected a public chain in production');
  if (governance.adminDelaySec < MIN_PRODUCTION_ADMIN_DELAY_SEC)
    refuse(
      ['governance', 'adminDelaySec'],
      `expected at least ${MIN_PRODUCTION_ADMIN_DELAY_SEC} in production, longer than orders settle`,
    );
  if (governance.releaseDelaySec < MIN_PRODUCTION_RELEASE_DELAY_SEC)
    refuse(
      ['governance', 'releaseDelaySec'],
      `expected at least ${MIN_PRODUCTION_RELEASE_DELAY_SEC} in production`,
    );
  const { admin, releaseManager, revoker, guardian } = governance;
  const holders = new Set([admin, releaseManager, revoker, guardian].map((holder) => holder.toLowerCase()));
  if (holders.size !== 4) refuse(['governance'], 'expected four different holders in production');
});

function addressesOf({
  token,
  operatorFeeRecipient,
  insurance,
  logOperator,
  governance,
}: DeploymentParameters): [string[], string][] {
  const { admin, releaseManager, revoker, guardian } = governance;
  const roles = Object.entries({ admin, releaseManager, revoker, guardian });
  return [
    ...(token === 'deploy-test-token' ? [] : [[['token'], token] as [string[], string]]),
    [['operatorFeeRecipient'], operatorFeeRecipient],
    [['insurance'], insurance],
    [['logOperator'], logOperator],
    ...roles.map(([role, holder]): [string[], string] => [['governance', role], holder]),
  ];
}

/** For editors: `deployments/parameters.schema.json`, kept equal by a test. */
export function parametersJsonSchema(): unknown {
  return z.toJSONSchema(fields, { io: 'input' });
}

export function toSettings(parameters: DeploymentParameters): DeploymentSettings {
  type Hex = `0x${string}`;
  const { governance } = parameters;
  return {
    vendor: parameters.vendor,
    token: parameters.token as Hex | 'deploy-test-token',
    operatorFeeRecipient: parameters.operatorFeeRecipient as Hex,
    feeBps: parameters.feeBps,
    minStakeMicroUsd: BigInt(parameters.minStakeMicroUsd),
    insurance: parameters.insurance as Hex,
    logOperator: parameters.logOperator as Hex,
    logOriginHash: parameters.logOriginHash as Hex,
    governance: {
      admin: governance.admin as Hex,
      releaseManager: governance.releaseManager as Hex,
      revoker: governance.revoker as Hex,
      guardian: governance.guardian as Hex,
      adminDelaySec: governance.adminDelaySec,
      releaseDelaySec: governance.releaseDelaySec,
    },
  };
}
