import type { RefusalReason } from '../protocol/clearing.ts';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { highestMultiplierFloor } from './price.ts';
import { NEWCOMER_SLOTS } from './probation.ts';

/** What decides whether an ask may compete; whether its enclave is attested is not in the log and `clear` asks last. */
export type EligibilityInput = Omit<ClearingInput, 'asks' | 'attestedEnclaves' | 'qualityPpmByPlatform'>;

interface Terms extends EligibilityInput {
  readonly highestPpm: number;
  readonly buyerLowerCase: string;
}

type Rule = (standing: StandingAsk, terms: Terms) => boolean;

/** In this order; the first rule that an ask breaks is its reason. */
const rules: readonly (readonly [RefusalReason, Rule])[] = [
  ['model', ({ ask }, { request }) => ask.modelDigest === request.modelDigest],
  ['class', ({ ask }, { request }) => ask.class === request.class],
  ['price_card', ({ ask }, { priceCard }) => ask.priceCardHash === priceCard.priceCardHash],
  ['not_yet_valid', ({ standsFromMs }, { atMs }) => standsFromMs <= atMs],
  [
    'expired',
    ({ ask, standsUntilMs }, { atMs }) => atMs < Math.min(ask.validUntilMs, standsUntilMs ?? atMs + 1),
  ],
  // An ask made after the block is known could be ground against its tie rank.
  ['after_beacon', ({ timestampMs }, { beacon }) => timestampMs < beacon.timestampMs],
  ['tier', ({ ask }, { request }) => ask.tier >= request.minTier],
  ['region', ({ ask }, { regions }) => isInRegions(ask.region, regions)],
  ['context', ({ ask }, { request }) => request.contextTokens <= ask.maxContextTokens],
  ['paused', ({ isPaused }) => !isPaused],
  ['slots', ({ freeSlots }) => freeSlots >= 1],
  [
    'overstated',
    ({ ask, usedSlots }, { slotLimits }) =>
      usedSlots < (slotLimits.get(ask.nodeKey) ?? Number.POSITIVE_INFINITY),
  ],
  ['probation', mayTrade],
  ['own_order', ({ ask }, { buyerLowerCase }) => ask.provider.toLowerCase() !== buyerLowerCase],
  ['ejected', ({ ask }, { ejectedNodes }) => !ejectedNodes.has(ask.nodeKey)],
  ['price', ({ ask }, { highestPpm }) => ask.multiplierPpm <= highestPpm],
  [
    'ceiling',
    ({ ask }, { pools }) =>
      ask.multiplierPpm <= (pools.get(ask.tier)?.ceilingPpm ?? Number.POSITIVE_INFINITY),
  ],
];

/** Why an ask may not compete for this request, whatever its enclave; `undefined` if it may. */
export type RefusalRule = (standing: StandingAsk) => RefusalReason | undefined;

/** Works out once per request what every ask is held against. */
export function refusalRule(
  input: EligibilityInput,
  highestPpm: number = highestMultiplierFloor(input.priceCard, input.request),
): RefusalRule {
  const terms: Terms = { ...input, highestPpm, buyerLowerCase: input.buyer.toLowerCase() };
  return (standing) => {
    for (const rule of rules) if (!rule[1](standing, terms)) return rule[0];
    return undefined;
  };
}

/** A newcomer in a pool that has somebody to protect: few slots, or none until the next table. */
function mayTrade(
  { ask, platformId, usedSlots }: StandingAsk,
  { pools, establishedPlatforms }: Terms,
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
