import type { RefusalReason } from '../protocol/clearing.ts';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { highestMultiplierFloor } from './price.ts';
import { NEWCOMER_SLOTS } from './probation.ts';

/** What decides whether an ask may compete; whether its enclave is attested is not in the log and `clear` asks last. */
export type EligibilityInput = Omit<ClearingInput, 'asks' | 'attestedEnclaves' | 'qualityPpmByPlatform'>;

/** Why an ask may not compete for this request, whatever its enclave; `undefined` if it may. */
export type RefusalRule = (standing: StandingAsk) => RefusalReason | undefined;

/** Works out once per request what every ask is held against. */
export function refusalRule(
  input: EligibilityInput,
  highestPpm: number = highestMultiplierFloor(input.priceCard, input.request),
): RefusalRule {
  const { request, regions, atMs, beacon, priceCard, slotLimits, ejectedNodes, pools } = input;
  const buyer = input.buyer.toLowerCase();
  // In this order; the first rule that an ask breaks is its reason. Said one by one, because this runs for each ask of a book.
  return (standing) => {
    const { ask, standsUntilMs } = standing;
    if (ask.modelDigest !== request.modelDigest) return 'model';
    if (ask.class !== request.class) return 'class';
    if (ask.priceCardHash !== priceCard.priceCardHash) return 'price_card';
    if (standing.standsFromMs > atMs) return 'not_yet_valid';
    if (atMs >= ask.validUntilMs || (standsUntilMs !== undefined && atMs >= standsUntilMs)) return 'expired';
    // An ask made after the block is known could be ground against its tie rank.
    if (standing.timestampMs >= beacon.timestampMs) return 'after_beacon';
    if (ask.tier < request.minTier) return 'tier';
    if (!isInRegions(ask.region, regions)) return 'region';
    if (request.contextTokens > ask.maxContextTokens) return 'context';
    if (standing.isPaused) return 'paused';
    if (standing.freeSlots < 1) return 'slots';
    const slotLimit = slotLimits.get(ask.nodeKey);
    if (slotLimit !== undefined && standing.usedSlots >= slotLimit) return 'overstated';
    if (!mayTrade(standing, input)) return 'probation';
    if (ask.provider.toLowerCase() === buyer) return 'own_order';
    if (ejectedNodes.has(ask.nodeKey)) return 'ejected';
    if (ask.multiplierPpm > highestPpm) return 'price';
    const ceilingPpm = pools.get(ask.tier)?.ceilingPpm;
    return ceilingPpm !== undefined && ask.multiplierPpm > ceilingPpm ? 'ceiling' : undefined;
  };
}

/** A newcomer in a pool that has somebody to protect: few slots, or none until the next table. */
function mayTrade(
  { ask, platformId, usedSlots }: StandingAsk,
  { pools, establishedPlatforms }: EligibilityInput,
): boolean {
  const probation = pools.get(ask.tier)?.probation ?? 'off';
  if (probation === 'off' || establishedPlatforms.has(platformId)) return true;
  return probation === 'open' && usedSlots < NEWCOMER_SLOTS;
}

/** The rule of `protocol/region.ts`, without its schema library: a country covers its subdivisions, none means any. */
export function isInRegions(region: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0 || allowed.includes(region)) return true;
  const dash = region.indexOf('-');
  return dash > 0 && allowed.includes(region.slice(0, dash));
}
