import type { RefusalReason } from '../protocol/clearing.ts';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { isWithinLimits, pricesCeil } from './price.ts';

type Rule = (standing: StandingAsk, input: ClearingInput) => boolean;

/** In this order; the first rule that an ask breaks is its reason. */
const rules: readonly (readonly [RefusalReason, Rule])[] = [
  ['model', ({ ask }, { request }) => ask.modelDigest === request.modelDigest],
  ['class', ({ ask }, { request }) => ask.class === request.class],
  ['price_card', ({ ask }, { priceCard }) => ask.priceCardHash === priceCard.priceCardHash],
  ['not_yet_valid', ({ ask }, { atMs }) => ask.validFromMs <= atMs],
  ['expired', ({ ask }, { atMs }) => atMs < ask.validUntilMs],
  // An ask made after the block is known could be ground against its tie rank.
  ['after_beacon', ({ timestampMs }, { beacon }) => timestampMs < beacon.timestampMs],
  ['attestation', ({ ask }, { attestedEnclaves }) => attestedEnclaves.has(ask.enclaveKey)],
  ['tier', ({ ask }, { request }) => ask.tier >= request.minTier],
  ['region', ({ ask }, { regions }) => isInRegions(ask.region, regions)],
  ['context', ({ ask }, { request }) => request.contextTokens <= ask.maxContextTokens],
  ['slots', ({ freeSlots }) => freeSlots >= 1],
  ['own_order', ({ ask }, { buyer }) => ask.provider.toLowerCase() !== buyer.toLowerCase()],
  ['ejected', ({ ask }, { ejectedNodes }) => !ejectedNodes.has(ask.nodeKey)],
  [
    'price',
    ({ ask }, { priceCard, request }) => isWithinLimits(pricesCeil(priceCard, ask.multiplierPpm), request),
  ],
  ['ceiling', ({ ask }, { ceilingPpm }) => ceilingPpm === undefined || ask.multiplierPpm <= ceilingPpm],
];

/** Why an ask may not compete for this request; `undefined` if it may. */
export function refusalOf(standing: StandingAsk, input: ClearingInput): RefusalReason | undefined {
  return rules.find(([, holds]) => !holds(standing, input))?.[0];
}

/** The rule of `protocol/region.ts`, without its schema library: a country covers its subdivisions, none means any. */
function isInRegions(region: string, allowed: readonly string[]): boolean {
  return allowed.length === 0 || allowed.some((code) => region === code || region.startsWith(`${code}-`));
}
