// MERIT: the clearing function, the same code in gateway, SDK, auditor and simulation.
export { type ClearedAsk, type ClearingResult, clear, type Refusal } from './clear.ts';
export type { ClearingInput, PriceCardPrices, RequestTerms, StandingAsk } from './clearing-input.ts';
export { answerWithinMs, leaseExpiresAtMs, SilentNodes } from './dispatch.ts';
export { refusalOf } from './eligible.ts';
export { effectiveAskCeil, NEWCOMER_QUALITY_PPM, qualityOf, tieRank } from './order.ts';
export { poolId } from './pool-id.ts';
export { isWithinLimits, pricesCeil, type TokenPrices } from './price.ts';
export { type CitedInputs, type ReplayDifference, replayClearing } from './replay.ts';
