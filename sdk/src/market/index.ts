// MERIT: the clearing function, the same code in gateway, SDK, auditor and simulation.
export { type ClearedAsk, type ClearingResult, clear } from './clear.ts';
export type { ClearingInput, PriceCardPrices, RequestTerms, StandingAsk } from './clearing-input.ts';
export { answerWithinMs, leaseExpiresAtMs, SilentNodes } from './dispatch.ts';
export { refusalRule } from './eligible.ts';
export { effectiveAskCeil, NEWCOMER_QUALITY_PPM, qualityOf } from './order.ts';
export { type AskOutcome, outcomeRule } from './outcome.ts';
export { poolId } from './pool-id.ts';
export { pricesCeil } from './price.ts';
export { type CitedInputs, type ReplayDifference, replayClearing } from './replay.ts';
