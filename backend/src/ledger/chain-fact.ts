import type { Hex } from '@hearth/attestation/receipt';

/** A fact about money that is true at the safe block. `factId` is unique per chain event. */
export type ChainFact = { readonly chainRef: number; readonly factId: string } & (
  | { readonly kind: 'deposited' | 'withdrawn'; readonly buyer: Hex; readonly microUsd: bigint }
  | {
      readonly kind: 'order-opened';
      readonly orderHash: Hex;
      readonly buyer: Hex;
      readonly maxSpendMicroUsd: bigint;
      readonly maxSpendPerEnclaveMicroUsd: bigint;
      readonly validUntilUnixSec: bigint;
    }
  | { readonly kind: 'close-requested'; readonly orderHash: Hex; readonly validUntilUnixSec: bigint }
  | { readonly kind: 'order-closed'; readonly orderHash: Hex }
  | {
      readonly kind: 'reserved';
      readonly orderHash: Hex;
      readonly enclaveKey: Hex;
      /** In all, beyond what the pair was paid. */
      readonly reservedMicroUsd: bigint;
    }
  | {
      readonly kind: 'settled';
      readonly orderHash: Hex;
      readonly enclaveKey: Hex;
      readonly provider: Hex;
      /** The operator serves too: both its incomes are one balance on the chain. */
      readonly isFeeRecipient: boolean;
      readonly creditMicroUsd: bigint;
      readonly feeMicroUsd: bigint;
    }
  | { readonly kind: 'claimed'; readonly provider: Hex; readonly microUsd: bigint }
  | { readonly kind: 'fee-claimed'; readonly microUsd: bigint }
);
