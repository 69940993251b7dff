import type { Hex } from '@hearth/attestation/receipt';
import type {
  Authorization,
  CollateralDocuments,
  EnclaveKeys,
  EnrolEnclave,
  ItemStatus,
  SettlementClaim,
} from '@hearth/contracts';

export type Anchor = { readonly blockNumber: bigint; readonly blockHash: Hex };

export type ChainOrder = {
  readonly isOpen: boolean;
  readonly sessionKey: Hex;
  readonly validAfterUnixSec: bigint;
  readonly validUntilUnixSec: bigint;
};

export type RegisteredEnclave = { readonly provider: Hex; readonly expiresAtUnixSec: number };

export type Enrolment = Pick<EnrolEnclave, 'deadlineUnixSec'> & { readonly signature: Hex };

export type TdxEvidence = { readonly quote: Uint8Array; readonly collateral: CollateralDocuments };

/** What the host asks of the settlement chain. Reads that others are trusted with happen at the safe block. */
export interface MarketChain {
  /** Newest block: what an enclave's keys are anchored to. */
  newestBlock(): Promise<Anchor>;
  /** At the safe block. */
  order(orderHash: Hex): Promise<ChainOrder>;
  /** At the safe block: what the pair has been paid so far, in µUSD. */
  paidMicroUsd(orderHash: Hex, enclaveKey: Hex): Promise<bigint>;
  /**
   * At the newest block: what the pair has been paid, and what the order has set aside for it alone, in µUSD. The node looks
   * just after its own transaction; what a fork takes back is within its exposure.
   */
  assuredMicroUsd(orderHash: Hex, enclaveKey: Hex): Promise<bigint>;
  /** At the safe block: what the wallet can claim, in µUSD. */
  claimableMicroUsd(provider: Hex): Promise<bigint>;
  /** At the newest block; undefined when the registry does not know the key. */
  enclave(enclaveKey: Hex): Promise<RegisteredEnclave | undefined>;
}

/** Transactions with the gas key: anyone may send these, none moves money to anyone but its owner. */
export interface MarketTransactions {
  readonly gasAddress: Hex;
  gasBalanceWei(): Promise<bigint>;
  /** Least balance with which a registration is tried. */
  neededBalanceWei(): Promise<bigint>;
  /**
   * Brings the chain what it lacks of the vendor's collateral and of the platform, then registers the enclave; resolves
   * when mined.
   */
  register(keys: EnclaveKeys, evidence: TdxEvidence, enrolment: Enrolment): Promise<{ txHash: Hex }>;
  /** What each claim would come to at that block. Sends nothing. */
  judge(claims: readonly SettlementClaim[], at: 'latest' | 'safe'): Promise<ItemStatus[]>;
  /** Resolves when mined. A claim that moves nothing harms nobody: anyone may settle at the same time. */
  settle(claims: readonly SettlementClaim[]): Promise<{ txHash: Hex }>;
  /** Sets aside for the pair what the buyer has authorised, out of the order's rest. Resolves when mined. */
  reserve(authorization: Authorization, sessionSignature: Hex): Promise<{ txHash: Hex }>;
}
