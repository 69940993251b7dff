// MERIT: the clearing function, the same code in gateway, SDK, auditor and simulation.

export { AskBook, type LoggedMarketAsk } from './book/ask-book.ts';
export type { BookInput } from './book/contenders.ts';
export { maySomeBeHidden, openBooks, type ProvenAsks, soughtBy } from './book/proven-asks.ts';

export { type CitedFacts, citedFacts, citedWindows } from './cited-facts.ts';
export { type ClearedAsk, type ClearingResult, clear } from './clear.ts';
export type {
  ClearingInput,
  MarketAsk,
  PoolTerms,
  PriceCardPrices,
  RequestTerms,
  StandingAsk,
} from './clearing-input.ts';
export { closePeriod, type NodePlace, type Period } from './close-period.ts';
export { answerWithinMs, leaseExpiresAtMs, SilentNodes } from './dispatch.ts';
export type { PoolMember } from './ejection.ts';
export { refusalRule } from './eligible.ts';
export { foldFacts, isEjected, type MarketFacts, noFacts, type PoolFacts } from './market-facts.ts';
export { standingLimits } from './node-standing.ts';
export { effectiveAskCeil, NEWCOMER_QUALITY_PPM, qualityOf } from './order.ts';
export { type AskOutcome, outcomeRule } from './outcome.ts';
export { type OutcomeCounts, tallyOutcomes } from './outcome-tally.ts';
export { PeriodTally } from './period-tally.ts';
export { poolId } from './pool-id.ts';
export { poolMembers } from './pool-members.ts';
export { highestMultiplierFloor, pricesCeil } from './price.ts';
export { standsFromMs } from './price-rise.ts';
export { type TimedLeaf, WINDOW_MS, windowsOf } from './price-window.ts';
export { ESTABLISHED_RECEIPTS, NEWCOMER_SLOTS, type Probation, probationIn } from './probation.ts';
export {
  type CitedInputs,
  type ReplayDifference,
  replayClearing,
  replayDifferences,
  soldOutAsClaimed,
  statedInput,
} from './replay.ts';
export { isReceiptOf, LEASE_MEMORY_MS, type SoldLease, strayField } from './sold-lease.ts';
export { type TieBreak, tieBreakOf } from './tie-break.ts';
export { windowPricePpm } from './window-price.ts';
