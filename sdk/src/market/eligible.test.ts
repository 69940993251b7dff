import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refusalReasons } from '../protocol/clearing.ts';
import { isInRegions } from '../protocol/region.ts';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { refusalRule } from './eligible.ts';
import { account, hash, type SampleInput, sampleAsk, sampleInput } from './sample-market.ts';

const limits = (over: Partial<ClearingInput['request']>): Partial<ClearingInput> => ({
  request: { ...sampleInput().request, ...over },
});

const pools = (probation: 'open' | 'closed'): SampleInput => ({
  pools: new Map([[1, { windows: [], ceilingPpm: undefined, probation }]]),
});

/** Each row breaks one rule and sits exactly one step from holding it. */
const broken: readonly (readonly [string, StandingAsk, SampleInput])[] = [
  ['model', sampleAsk(1, { modelDigest: hash(1) }), {}],
  ['class', sampleAsk(1, { class: 1 }), {}],
  ['price_card', sampleAsk(1, { priceCardHash: hash(1) }), {}],
  ['not_yet_valid', sampleAsk(1, { validFromMs: 10_001 }), {}],
  ['expired', sampleAsk(1, { validUntilMs: 10_000 }), {}],
  ['after_beacon', sampleAsk(1, {}, { timestampMs: 9_000 }), {}],
  ['tier', sampleAsk(1, { tier: 0 }), {}],
  ['region', sampleAsk(1), { regions: ['FR', 'DE-BY'] }],
  ['context', sampleAsk(1, { maxContextTokens: 1023 }), {}],
  ['paused', sampleAsk(1, {}, { isPaused: true }), {}],
  ['slots', sampleAsk(1, {}, { freeSlots: 0 }), {}],
  ['overstated', sampleAsk(1), { slotLimits: new Map([[sampleAsk(1).ask.nodeKey, 1]]) }],
  ['probation', sampleAsk(1), pools('closed')],
  ['probation', sampleAsk(1, {}, { usedSlots: 2 }), pools('open')],
  ['own_order', sampleAsk(1, { provider: account(0xb1e4) }), {}],
  ['ejected', sampleAsk(1), { ejectedNodes: new Set([sampleAsk(1).ask.nodeKey]) }],
  ['price', sampleAsk(1), limits({ maxPriceInput: 999_999n })],
  ['price', sampleAsk(1), limits({ maxPriceCachedInput: 249_999n })],
  ['price', sampleAsk(1), limits({ maxPriceOutput: 2_999_999n })],
  ['ceiling', sampleAsk(1, { multiplierPpm: 1_000_001 }), { ceilingPpm: 1_000_000 }],
];

test.each(broken)('refuses for %s', (reason, standing, override) => {
  expect(refusalRule(sampleInput(override))(standing)).toBe(reason);
});

test('every reason of the protocol but attestation, which the log does not tell, is reached', () => {
  expect(new Set([...broken.map(([reason]) => reason), 'attestation'])).toEqual(new Set(refusalReasons));
});

describe('lets an ask compete that meets a rule exactly', () => {
  test.each([
    ['valid from now', sampleAsk(1, { validFromMs: 10_000 }), {}],
    ['valid for one more millisecond', sampleAsk(1, { validUntilMs: 10_001 }), {}],
    ['one millisecond older than the beacon', sampleAsk(1, {}, { timestampMs: 8_999 }), {}],
    ['of a higher tier', sampleAsk(1, { tier: 2 }), {}],
    ['with just enough context', sampleAsk(1, { maxContextTokens: 1024 }), {}],
    ['in a part of an allowed country', sampleAsk(1, { region: 'DE-BY' }), { regions: ['DE'] }],
    ['at the buyer’s limit', sampleAsk(1), limits({ maxPriceInput: 1_000_000n })],
    ['at the ceiling', sampleAsk(1), { ceilingPpm: 1_000_000 }],
    ['one slot below its limit', sampleAsk(1), { slotLimits: new Map([[sampleAsk(1).ask.nodeKey, 2]]) }],
    ['a newcomer with its first slot in use', sampleAsk(1), pools('open')],
    [
      'an established platform, whatever newcomers do',
      sampleAsk(1, {}, { usedSlots: 9 }),
      { ...pools('closed'), establishedPlatforms: new Set([sampleAsk(1).platformId]) },
    ],
    ['a newcomer in a pool of another tier', sampleAsk(1, { tier: 2 }), pools('closed')],
  ] as const)('%s', (_, standing, override) => {
    expect(refusalRule(sampleInput(override))(standing)).toBeUndefined();
  });
});

test('a price that rounds up past the limit is refused', () => {
  const standing = sampleAsk(1, { multiplierPpm: 1_000_001 });
  const input = sampleInput({
    asks: [standing],
    ...limits({ maxPriceOutput: 3_000_003n, maxPriceInput: 1_000_001n }),
  });
  expect(refusalRule(input)(standing)).toBeUndefined();
  const card = { ...input.priceCard, inputMicroUsdPerMTok: 1n };
  expect(refusalRule({ ...input, priceCard: card, ...limits({ maxPriceInput: 1n }) })(standing)).toBe(
    'price',
  );
});

test('the buyer’s own address is recognised in any letter case', () => {
  const standing = sampleAsk(1, { provider: '0xabcdef0000000000000000000000000000000001' });
  const input = sampleInput({ asks: [standing], buyer: '0xABCDEF0000000000000000000000000000000001' });
  expect(refusalRule(input)(standing)).toBe('own_order');
});

test('regions mean here what they mean in the protocol', () => {
  const code = fc.constantFrom('DE', 'DE-BY', 'DE-B', 'D', 'FR', 'FR-75', 'DEX');
  fc.assert(
    fc.property(code, fc.array(code, { maxLength: 4 }), (region, regions) => {
      const standing = sampleAsk(1, { region });
      const refusal = refusalRule(sampleInput({ regions }))(standing);
      expect(refusal).toBe(isInRegions(region, regions) ? undefined : 'region');
    }),
  );
});
