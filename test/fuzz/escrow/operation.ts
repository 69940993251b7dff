/** Accounts, enclaves and orders are numbers: the model knows no keys and no hashes. */
export type Account = number;
export type Enclave = number;
export type OrderId = number;

/** Who in a world does what; everybody may try everything. */
export const cast = {
  accounts: 9,
  /** Also sell: the provider of enclave e is 2 + e mod 4, so that accounts 2 and 3 buy and sell. */
  buyers: [0, 1, 2, 3],
  providers: [2, 3, 4, 5],
  /** Earns the fees, and what slashes leave beside the reporter's part. */
  operator: 6,
  guardian: 7,
  enclaves: 16,
  /** A key that nobody registered. */
  stranger: 16,
} as const;

export const providerOf = (enclave: Enclave): Account => 2 + (enclave % 4);

export interface OrderTerms {
  readonly id: OrderId;
  readonly buyer: Account;
  readonly maxSpendMicroUsd: bigint;
  readonly maxSpendPerEnclaveMicroUsd: bigint;
  readonly minTier: number;
  readonly validAfterUnixSec: bigint;
  readonly validUntilUnixSec: bigint;
}

export interface Claim {
  readonly order: OrderId;
  readonly enclave: Enclave;
  readonly sequence: bigint;
  readonly cumulativePicoUsd: bigint;
  readonly capPicoUsd: bigint;
  /** What is wrong with it, besides what the numbers say. */
  readonly defect?: 'enclave signature' | 'session signature' | 'provider';
}

/** Two receipts of one enclave, as somebody reports them. */
export interface Evidence {
  readonly enclave: Enclave;
  readonly a: { readonly sequence: bigint; readonly cumulativePicoUsd: bigint };
  readonly b: { readonly sequence: bigint; readonly cumulativePicoUsd: bigint };
  readonly forged: boolean;
}

/** A payout that its owner signed, or somebody else in its name. */
interface SignedPayout {
  readonly sender: Account;
  readonly owner: Account;
  readonly recipient: Account;
  readonly amountMicroUsd: bigint;
  readonly nonce: bigint;
  readonly deadlineUnixSec: bigint;
  readonly signer: Account;
}

/** One transaction. `sender` sends it; `signer` is who really signed. */
export type Operation =
  | { readonly kind: 'approve'; readonly sender: Account; readonly amountMicroUsd: bigint }
  | {
      readonly kind: 'deposit';
      readonly sender: Account;
      readonly account: Account;
      readonly amountMicroUsd: bigint;
    }
  | {
      readonly kind: 'deposit with permit';
      readonly sender: Account;
      readonly amountMicroUsd: bigint;
      readonly deadlineUnixSec: bigint;
      readonly signer: Account;
    }
  | {
      readonly kind: 'deposit with authorization';
      readonly sender: Account;
      readonly owner: Account;
      readonly amountMicroUsd: bigint;
      readonly nonce: bigint;
      readonly validAfterUnixSec: bigint;
      readonly validBeforeUnixSec: bigint;
      readonly signer: Account;
    }
  | {
      readonly kind: 'withdraw' | 'claim';
      readonly sender: Account;
      readonly recipient: Account;
      readonly amountMicroUsd: bigint;
    }
  | { readonly kind: 'claim all'; readonly sender: Account }
  | (SignedPayout & { readonly kind: 'withdraw for' | 'claim for' })
  | {
      readonly kind: 'open order' | 'end order for';
      readonly sender: Account;
      readonly order: OrderTerms;
      readonly signer: Account;
    }
  | { readonly kind: 'cancel order'; readonly sender: Account; readonly order: OrderTerms }
  | { readonly kind: 'request close' | 'close order'; readonly sender: Account; readonly order: OrderId }
  | {
      readonly kind: 'reserve';
      readonly sender: Account;
      readonly order: OrderId;
      readonly enclave: Enclave;
      readonly capPicoUsd: bigint;
      readonly forged: boolean;
    }
  | { readonly kind: 'settle'; readonly sender: Account; readonly claims: readonly Claim[] }
  | { readonly kind: 'pause entry'; readonly sender: Account; readonly paused: boolean }
  | { readonly kind: 'report' | 'slash'; readonly sender: Account; readonly evidence: Evidence }
  | { readonly kind: 'bond'; readonly sender: Account; readonly enclave: Enclave }
  | { readonly kind: 'exit'; readonly sender: Account; readonly bond: number }
  | {
      readonly kind: 'withdraw bond';
      readonly sender: Account;
      readonly bond: number;
      readonly recipient: Account;
    }
  | { readonly kind: 'claim reward'; readonly sender: Account; readonly recipient: Account };

/** What a transaction did: the contract's error, or what `settle` said of each claim, or nothing to say. */
export interface Outcome {
  readonly refused?: string;
  readonly settled?: readonly string[];
}
