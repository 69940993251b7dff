import type { Hex } from '@hearth/attestation/receipt';
import { accounts } from './accounts.ts';
import type { HoldState } from './hold-decision.ts';

/** One (order, enclave) pair as a batch changes it in memory. Cumulative pUSD. */
export interface PairDraft {
  readonly enclaveKey: Hex;
  held: bigint;
  captured: bigint;
  readonly settled: bigint;
  readonly assured: bigint;
  /** What its running leases still need. */
  reserved: bigint;
  expiresAtMs: number;
  /** As the row has it; all zero where there is none yet. */
  readonly stored: { readonly held: bigint; readonly captured: bigint; readonly expiresAtMs: number };
}

/** One order as a batch changes it in memory, under the order's row lock. */
export interface OrderDraft {
  readonly chainRef: number;
  readonly orderHash: Hex;
  readonly maxSpendPerEnclave: bigint;
  readonly validUntilMs: number;
  readonly isClosed: boolean;
  /** Balance of the order's free account. */
  free: bigint;
  holdSequence: number;
  readonly storedSequence: number;
  readonly pairs: Map<Hex, PairDraft>;
}

export type OrderDrafts = ReadonlyMap<Hex, OrderDraft>;

export function stateOf(order: OrderDraft, pair: PairDraft): HoldState {
  const { held, captured, settled, assured } = pair;
  return { maxSpendPerEnclave: order.maxSpendPerEnclave, free: order.free, held, captured, settled, assured };
}

export function isChanged({ held, captured, expiresAtMs, stored }: PairDraft): boolean {
  return held !== stored.held || captured !== stored.captured || expiresAtMs !== stored.expiresAtMs;
}

/** The three purses of a pair: the order's free money, what is promised to the enclave, what it has earned. */
export function pursesOf(
  { chainRef, orderHash }: Pick<OrderDraft, 'chainRef' | 'orderHash'>,
  enclaveKey: Hex,
) {
  return {
    free: accounts.order(chainRef, orderHash),
    held: accounts.held(chainRef, orderHash, enclaveKey),
    earned: accounts.earned(chainRef, orderHash, enclaveKey),
  };
}
