import type { Hex } from '@hearth/attestation/receipt';

/**
 * The chart of accounts. All amounts are pUSD inside the escrow of one settlement contract;
 * `outside` is everything beyond it and the only account that may go negative: −outside = the contract's token balance.
 */
export interface LedgerAccount {
  readonly id: string;
  readonly chainRef: number;
  readonly kind: AccountKind;
}

export type AccountKind = 'outside' | 'buyer' | 'order' | 'held' | 'earned' | 'provider' | 'fee';

const account = (chainRef: number, kind: AccountKind, ...parts: string[]): LedgerAccount => ({
  id: [chainRef, kind, ...parts.map((part) => part.toLowerCase())].join(':'),
  chainRef,
  kind,
});

export const accounts = {
  outside: (chainRef: number) => account(chainRef, 'outside'),
  /** A buyer's free escrow balance: withdrawable on the chain. */
  buyer: (chainRef: number, buyer: Hex) => account(chainRef, 'buyer', buyer),
  /** What an open order has neither promised to an enclave nor spent. */
  order: (chainRef: number, orderHash: Hex) => account(chainRef, 'order', orderHash),
  /** Promised to one enclave by a signed Hold, not yet earned. */
  held: (chainRef: number, orderHash: Hex, enclaveKey: Hex) =>
    account(chainRef, 'held', orderHash, enclaveKey),
  /** Proven by receipts, not yet settled on the chain. */
  earned: (chainRef: number, orderHash: Hex, enclaveKey: Hex) =>
    account(chainRef, 'earned', orderHash, enclaveKey),
  /** Settled on the chain, not yet claimed by the provider. */
  provider: (chainRef: number, provider: Hex) => account(chainRef, 'provider', provider),
  /** The operator's fee, not yet claimed. */
  fee: (chainRef: number) => account(chainRef, 'fee'),
};
