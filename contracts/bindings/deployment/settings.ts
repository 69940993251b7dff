import type { Address } from 'abitype';
import type { Hex } from 'viem';

/** Everything that a deployment decides for ever, or until the admin's delay has passed. */
export interface DeploymentSettings {
  /** Whose evidence the registry trusts: Intel's and AMD's, or that of anybody. */
  readonly vendor: 'intel' | 'simulated';
  /** A 6-decimal stablecoin; `deploy-test-token` deploys a TestUsd, whose mint works on chain 31337 only. */
  readonly token: Address | 'deploy-test-token';
  readonly operatorFeeRecipient: Address;
  /** Basis points of each settlement, at most 500. */
  readonly feeBps: number;
  /** What answers for one live enclave. */
  readonly minStakeMicroUsd: bigint;
  /** Gets what a slash leaves after the reporter's part. */
  readonly insurance: Address;
  /** The one account that may anchor checkpoints of the log. */
  readonly logOperator: Address;
  /** SHA-256 of the log's C2SP origin line. */
  readonly logOriginHash: Hex;
  readonly governance: GovernanceSettings;
}

export interface GovernanceSettings {
  readonly admin: Address;
  readonly releaseManager: Address;
  readonly revoker: Address;
  readonly guardian: Address;
  /** How long what the admin has scheduled waits. */
  readonly adminDelaySec: number;
  /** How long a release waits before it is listed. */
  readonly releaseDelaySec: number;
}
