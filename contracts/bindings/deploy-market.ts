import type { Address } from 'abitype';
import type { Transport, WalletClient } from 'viem';
import { type Account, type Chain, type LocalAccount, type PublicClient, sha256, stringToHex } from 'viem';
import { deployContracts } from './deployment/deploy-contracts.ts';
import { memoryJournal } from './deployment/journal.ts';

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
  /** What answers for one live enclave; left out, 100 USD. */
  readonly minStakeMicroUsd?: bigint;
  /** Who anchors the log; left out, the deploying wallet. */
  readonly logOperator?: Address;
  /** The origin line of the log; left out, one that no log has. */
  readonly logOrigin?: string;
}

export interface DeployedMarket {
  readonly token: Address;
  /** Who may decide what about releases, platforms and pauses. */
  readonly accessManager: Address;
  /** What the vendor signs about its platforms; the registry trusts no other. */
  readonly collateral: Address;
  /** Verifies SEV-SNP reports, over collateral of its own. */
  readonly snpVerifier: Address;
  readonly registry: Address;
  readonly settlement: Address;
  readonly stakeVault: Address;
  readonly logAnchor: Address;
  /** Where payers who can only send tokens fund accounts. */
  readonly topUpTills: Address;
  /** Block of the first deployment: no event of this market is older. */
  readonly deploymentBlock: bigint;
}

const DEFAULT_MIN_STAKE_MICRO_USD = 100_000_000n;

/**
 * Deploys a market for development in one go. The deploying wallet holds every role, and no decision waits.
 * `npm run deploy` is for markets that outlive the process.
 */
export async function deployMarket(options: DeployMarketOptions): Promise<DeployedMarket> {
  const { publicClient, walletClient } = options;
  const { account } = walletClient;
  if (account.type !== 'local')
    throw new Error(`deployMarket: expected a local account, got ${account.type}`);
  const me = account.address;
  const { addresses, deploymentBlock } = await deployContracts(
    {
      publicClient,
      walletClient: walletClient as WalletClient<Transport, Chain | undefined, LocalAccount>,
      journal: memoryJournal(),
      confirmations: 1,
      report: () => {},
    },
    {
      vendor: options.simulated ? 'simulated' : 'intel',
      token: options.token ?? 'deploy-test-token',
      operatorFeeRecipient: options.operatorFeeRecipient,
      feeBps: options.feeBps,
      minStakeMicroUsd: options.minStakeMicroUsd ?? DEFAULT_MIN_STAKE_MICRO_USD,
      insurance: options.operatorFeeRecipient,
      logOperator: options.logOperator ?? me,
      logOriginHash: sha256(stringToHex(options.logOrigin ?? 'hearth development log')),
      governance: {
        admin: me,
        releaseManager: me,
        revoker: me,
        guardian: me,
        adminDelaySec: 0,
        releaseDelaySec: 0,
      },
    },
  );
  return { ...addresses, deploymentBlock };
}
