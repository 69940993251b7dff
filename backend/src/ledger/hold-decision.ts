/** The state of one (order, enclave) pair and of its order, all in pUSD, as one hold or capture decision sees it. */
export interface HoldState {
  readonly maxSpendPerEnclave: bigint;
  /** Balance of the order's free account. */
  readonly free: bigint;
  /** Cumulative: promised to this enclave. */
  readonly held: bigint;
  /** Cumulative: claimed by its receipts or the chain. */
  readonly captured: bigint;
  /** Cumulative: paid on the chain. */
  readonly settled: bigint;
  /** Cumulative: what the chain has paid the pair or set aside for it alone; never promised to anyone else. */
  readonly assured: bigint;
}

export type HoldDecision =
  | { readonly granted: true; readonly heldCumulative: bigint; readonly fromFree: bigint }
  | { readonly granted: false; readonly reason: 'order-spent' | 'enclave-limit'; readonly available: bigint };

/**
 * A lease needs `wanted` beyond what the pair's other running leases still need (`reserved`).
 * Part of it may already be promised and unused; only the rest leaves the order's free money.
 * Σ held ≤ maxSpend follows: free is what no Hold promises, and it never goes negative.
 */
export function decideHold(state: HoldState, wanted: bigint, reserved: bigint): HoldDecision {
  const target = state.captured + reserved + wanted;
  const fromFree = atLeastZero(target - state.held);
  const heldCumulative = state.held + fromFree;
  if (heldCumulative > state.maxSpendPerEnclave)
    return {
      granted: false,
      reason: 'enclave-limit',
      available: atLeastZero(state.maxSpendPerEnclave - state.captured - reserved),
    };
  if (fromFree > state.free)
    return {
      granted: false,
      reason: 'order-spent',
      available: atLeastZero(state.held + state.free - state.captured - reserved),
    };
  return { granted: true, heldCumulative, fromFree };
}

export interface CaptureDecision {
  readonly capturedCumulative: bigint;
  readonly heldCumulative: bigint;
  readonly fromHeld: bigint;
  readonly fromFree: bigint;
}

/**
 * A receipt claims `cumulative`. What goes beyond the pair's Hold (work under another gateway)
 * comes from the order's free money as far as that and the enclave limit reach; the chain pays no more either.
 */
export function decideCapture(state: HoldState, cumulative: bigint): CaptureDecision {
  const wanted = atLeastZero(smaller(cumulative, state.maxSpendPerEnclave) - state.captured);
  const fromHeld = smaller(wanted, state.held - state.captured);
  const fromFree = smaller(wanted - fromHeld, state.free);
  return {
    capturedCumulative: state.captured + fromHeld + fromFree,
    heldCumulative: state.held + fromFree,
    fromHeld,
    fromFree,
  };
}

export interface SettlementDecision extends CaptureDecision {
  readonly settledCumulative: bigint;
  readonly fromEarned: bigint;
  /** What the order's own free money does not cover: it was promised to other enclaves, and the chain paid it to this one. */
  readonly fromOthers: bigint;
}

/**
 * The chain paid `paid` more for the pair: from earned money first and, where the chain knew receipts that we don't, from held and free money.
 * A buyer that authorises past the gateway's Holds can make the chain pay what other enclaves were promised; the chain is right.
 */
export function decideSettlement(state: HoldState, paid: bigint): SettlementDecision {
  const settledCumulative = state.settled + paid;
  const beyond = atLeastZero(settledCumulative - state.captured);
  const fromHeld = smaller(beyond, state.held - state.captured);
  const fromFree = smaller(beyond - fromHeld, state.free);
  const fromOthers = beyond - fromHeld - fromFree;
  return {
    settledCumulative,
    capturedCumulative: state.captured + beyond,
    heldCumulative: state.held + fromFree + fromOthers,
    fromEarned: paid - beyond,
    fromHeld,
    fromFree,
    fromOthers,
  };
}

export interface ReserveDecision {
  readonly assuredCumulative: bigint;
  readonly heldCumulative: bigint;
  readonly fromFree: bigint;
  /** As in a settlement: promised to other enclaves, and the chain has given it to this one. */
  readonly fromOthers: bigint;
}

/** The chain keeps `reserved` for the pair beyond what it paid. What our Holds promise the pair already counts towards it. */
export function decideReserve(state: HoldState, reserved: bigint): ReserveDecision {
  const assuredCumulative = larger(state.assured, state.settled + reserved);
  const missing = atLeastZero(assuredCumulative - state.held);
  const fromFree = smaller(missing, state.free);
  return {
    assuredCumulative,
    heldCumulative: state.held + missing,
    fromFree,
    fromOthers: missing - fromFree,
  };
}

/** What of a pair can still go to another: all that it has not claimed, less what the chain keeps for it. */
export function unassured({
  held,
  captured,
  assured,
}: Pick<HoldState, 'held' | 'captured' | 'assured'>): bigint {
  return held - larger(captured, assured);
}

const atLeastZero = (pico: bigint) => (pico > 0n ? pico : 0n);
export const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
export const larger = (a: bigint, b: bigint) => (a > b ? a : b);
