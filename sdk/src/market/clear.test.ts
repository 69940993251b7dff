import { createHash } from 'node:crypto';
import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clear } from './clear.ts';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { refusalRule } from './eligible.ts';
import { poolId } from './pool-id.ts';
import { account, hash, sampleAsk, sampleInput } from './sample-market.ts';

const numberOf = (askId: Hex | undefined) => (askId === undefined ? undefined : Number(askId) - 0xa5000);

test('the lowest ask wins and is paid its own ask in a thin market', () => {
  const asks = [1_300_000, 900_000, 1_100_000, 2_000_000].map((multiplierPpm, n) =>
    sampleAsk(n, { multiplierPpm }),
  );
  const { winner, runnersUp, unattested } = clear(sampleInput({ asks }));
  expect(numberOf(winner?.askId)).toBe(1);
  expect(runnersUp.map(({ askId }) => numberOf(askId))).toEqual([2, 0]);
  expect(winner).toMatchObject({
    multiplierPpm: 900_000,
    prices: { priceInput: 900_000n, priceCachedInput: 225_000n, priceOutput: 2_700_000n },
  });
  expect(unattested).toEqual([]);
});

test('quality divides the ask: a dearer node with a better record wins', () => {
  const asks = [sampleAsk(1, { multiplierPpm: 1_000_000 }), sampleAsk(2, { multiplierPpm: 1_100_000 })];
  const qualityPpmByPlatform = new Map([
    [hash(0xf001), 800_000],
    [hash(0xf002), 1_000_000],
  ]);
  const { winner, runnersUp } = clear(sampleInput({ asks, qualityPpmByPlatform }));
  expect(numberOf(winner?.askId)).toBe(2);
  expect(winner?.effectiveAsk).toBe(1_100_000);
  expect(runnersUp[0]?.effectiveAsk).toBe(1_250_000);
});

test('a newcomer competes with 886 000, and no table value leads outside 500 000 to 1 000 000', () => {
  const qualityPpmByPlatform = new Map([
    [hash(0xf002), 1],
    [hash(0xf003), 999_999_999],
  ]);
  const { winner, runnersUp } = clear(
    sampleInput({ asks: [sampleAsk(1), sampleAsk(2), sampleAsk(3)], qualityPpmByPlatform }),
  );
  expect([winner, ...runnersUp].map((cleared) => [numberOf(cleared?.askId), cleared?.qualityPpm])).toEqual([
    [3, 1_000_000],
    [1, 886_000],
    [2, 500_000],
  ]);
  expect(runnersUp[0]?.effectiveAsk).toBe(1_128_669); // ceil(10^12 / 886 000)
});

test('ties go to the lowest SHA-256(beacon ‖ requestId ‖ askId), so another salt or block deals anew', () => {
  const asks = Array.from({ length: 20 }, (_, n) => sampleAsk(n));
  const winners = Array.from(
    { length: 40 },
    (_, salt) => clear(sampleInput({ asks, requestId: hash(salt) })).winner,
  );
  winners.forEach((winner, salt) => {
    const rank = (askId: Hex) =>
      createHash('sha256')
        .update(Buffer.from([hash(0xb10c), hash(salt), askId].map((hex) => hex.slice(2)).join(''), 'hex'))
        .digest('hex');
    const lowest = asks.map(({ askId }) => askId).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
    expect(winner?.askId).toBe(lowest);
  });
  expect(new Set(winners.map((winner) => winner?.askId)).size).toBeGreaterThan(5);
});

test('nobody eligible: no winner', () => {
  const asks = [sampleAsk(2, { tier: 0 }), sampleAsk(1, {}, { freeSlots: 0 })];
  expect(clear(sampleInput({ asks }))).toEqual({
    winner: undefined,
    runnersUp: [],
    unattested: [],
    full: [],
  });
});

test('passes over and names who has sold out since the checkpoint, best first, and nobody behind the ranked', () => {
  const asks = Array.from({ length: 7 }, (_, n) => sampleAsk(n, { multiplierPpm: 1_000_000 + n }));
  const gone = new Set([0, 2, 6].map((n) => asks[n]?.askId));
  const isSoldOut = ({ askId }: { readonly askId: string }) => gone.has(askId as `0x${string}`);
  const { winner, runnersUp, full } = clear(sampleInput({ asks, isSoldOut }));
  expect([winner, ...runnersUp].map((ranked) => ranked?.askId)).toEqual([1, 3, 4].map((n) => asks[n]?.askId));
  expect(full).toEqual([0, 2].map((n) => asks[n]?.askId));
});

test('names the unattested that it passed over, best first, and neither those behind the ranked nor the refused', () => {
  const asks = [0, 1, 2, 3, 4, 5, 6].map((n) => sampleAsk(n, { multiplierPpm: 1_000_000 + n }));
  const full = sampleAsk(7, { multiplierPpm: 1 }, { freeSlots: 0 });
  const attestedEnclaves = new Set([1, 4, 5].map((n) => sampleAsk(n).ask.enclaveKey));
  const { winner, runnersUp, unattested } = clear(sampleInput({ asks: [full, ...asks], attestedEnclaves }));
  expect([winner, ...runnersUp].map((ranked) => numberOf(ranked?.askId))).toEqual([1, 4, 5]);
  expect(unattested.map(numberOf)).toEqual([0, 2, 3]);
  attestedEnclaves.delete(sampleAsk(5).ask.enclaveKey);
  expect(clear(sampleInput({ asks, attestedEnclaves })).unattested.map(numberOf)).toEqual([0, 2, 3, 5, 6]);
});

test('an ask given twice is a broken book', () => {
  expect(() => clear(sampleInput({ asks: [sampleAsk(1), sampleAsk(1)] }))).toThrow('given twice');
});

/** Small numbers, so that ties, refusals and every cap are hit often. */
const asksArbitrary = fc
  .array(
    fc.record({
      multiplierPpm: fc.constantFrom(700_000, 886_000, 1_000_000, 1_000_001, 1_500_000, 3_000_000),
      tier: fc.nat(2),
      region: fc.constantFrom('DE', 'FR', 'DE-BY'),
      freeSlots: fc.nat(2),
      provider: fc.integer({ min: 1, max: 4 }),
      platform: fc.nat(5),
    }),
    { maxLength: 14 },
  )
  .map((rows) =>
    rows.map(({ multiplierPpm, tier, region, freeSlots, provider, platform }, n) =>
      sampleAsk(
        n,
        { multiplierPpm, tier, region, provider: account(provider) },
        { freeSlots, platformId: hash(platform) },
      ),
    ),
  );

const inputArbitrary: fc.Arbitrary<ClearingInput> = fc
  .record({
    asks: asksArbitrary,
    requestId: fc.nat().map(hash),
    buyer: fc.integer({ min: 1, max: 6 }).map(account),
    regions: fc.constantFrom([], ['DE'], ['FR', 'DE-BY']),
    minTier: fc.nat(2),
    limitPpm: fc.constantFrom(900_000n, 1_200_000n, 5_000_000n),
    qualities: fc.array(fc.integer({ min: 400_000, max: 1_100_000 }), { maxLength: 5 }),
    windowPricePpm: fc.option(fc.integer({ min: 500_000, max: 4_000_000 }), { nil: undefined }),
    ceilingPpm: fc.option(fc.constantFrom(1_000_000, 1_400_000, 2_000_000), { nil: undefined }),
    freeCard: fc.boolean(),
  })
  .map(
    ({
      asks,
      requestId,
      buyer,
      regions,
      minTier,
      limitPpm,
      qualities,
      windowPricePpm,
      ceilingPpm,
      freeCard,
    }) => {
      const base = sampleInput({ asks });
      const priceCard = { ...base.priceCard, cachedInputMicroUsdPerMTok: freeCard ? 0n : 333_333n };
      return {
        ...base,
        requestId,
        buyer,
        regions,
        priceCard,
        request: { ...base.request, minTier, maxPriceInput: limitPpm, maxPriceOutput: 3n * limitPpm },
        qualityPpmByPlatform: new Map(qualities.map((ppm, n) => [hash(n), ppm])),
        ...(windowPricePpm === undefined ? {} : { windowPricePpm }),
        ...(ceilingPpm === undefined ? {} : { ceilingPpm }),
      };
    },
  );

/** The rule written down again, slowly: exact fractions, full sort, price found by trying every multiplier. */
function oracle(input: ClearingInput) {
  const quality = ({ platformId }: StandingAsk) => {
    const logged = input.qualityPpmByPlatform.get(platformId);
    return BigInt(logged === undefined ? 886_000 : Math.min(Math.max(logged, 500_000), 1_000_000));
  };
  const effective = (standing: StandingAsk) => {
    const scaled = BigInt(standing.ask.multiplierPpm) * 1_000_000n;
    let e = scaled / quality(standing);
    while (e * quality(standing) < scaled) e += 1n;
    return e;
  };
  const rank = (standing: StandingAsk) =>
    createHash('sha256')
      .update(
        Buffer.from(
          `${input.beacon.blockHash}${input.requestId}${standing.askId}`.replaceAll('0x', ''),
          'hex',
        ),
      )
      .digest('hex');
  const price = (base: bigint, ppm: bigint) =>
    (base * ppm) / 1_000_000n + ((base * ppm) % 1_000_000n === 0n ? 0n : 1n);
  const prices = (ppm: bigint) => ({
    priceInput: price(input.priceCard.inputMicroUsdPerMTok, ppm),
    priceCachedInput: price(input.priceCard.cachedInputMicroUsdPerMTok, ppm),
    priceOutput: price(input.priceCard.outputMicroUsdPerMTok, ppm),
  });
  // The samples' pools are all alike, and all of their trade is at one price.
  const { windows = [], ceilingPpm } = input.pools.get(1) ?? {};
  const pricePpm = windows[0]?.providers[0]?.asks[0]?.effectiveAsk;
  const allowed = (ppm: bigint) => {
    const at = prices(ppm);
    const { maxPriceInput, maxPriceCachedInput, maxPriceOutput } = input.request;
    return (
      at.priceInput <= maxPriceInput &&
      at.priceCachedInput <= maxPriceCachedInput &&
      at.priceOutput <= maxPriceOutput &&
      (ceilingPpm === undefined || ppm <= BigInt(ceilingPpm))
    );
  };
  const paid = (standing: StandingAsk) => {
    const own = BigInt(standing.ask.multiplierPpm);
    if (pricePpm === undefined) return own;
    const uniform = (quality(standing) * BigInt(pricePpm)) / 1_000_000n;
    if (uniform <= own) return own;
    let [low, high] = [own, uniform]; // `allowed` holds at own and only ever stops holding: bisect
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      if (allowed(middle)) low = middle;
      else high = middle - 1n;
    }
    return low;
  };
  return input.asks
    .filter((standing) => refusalRule(input)(standing) === undefined)
    .sort((a, b) => {
      const [ea, eb] = [effective(a), effective(b)];
      if (ea !== eb) return ea < eb ? -1 : 1;
      return rank(a) < rank(b) ? -1 : 1;
    })
    .slice(0, 3)
    .map((standing) => ({
      askId: standing.askId,
      effectiveAsk: Number(effective(standing)),
      multiplierPpm: Number(paid(standing)),
      prices: prices(paid(standing)),
    }));
}

test('agrees with a brute-force oracle on random books', () => {
  fc.assert(
    fc.property(inputArbitrary, (input) => {
      const { winner, runnersUp } = clear(input);
      const ranking = winner === undefined ? [] : [winner, ...runnersUp];
      expect(
        ranking.map(({ askId, effectiveAsk, multiplierPpm, prices }) => ({
          askId,
          effectiveAsk,
          multiplierPpm,
          prices,
        })),
      ).toEqual(oracle(input));
    }),
    { numRuns: 2000 },
  );
});

test('the order in which the asks are given changes nothing', () => {
  fc.assert(
    fc.property(inputArbitrary, fc.infiniteStream(fc.nat()), (input, noise) => {
      const shuffled = input.asks
        .map((ask) => [noise.next().value as number, ask] as const)
        .sort(([a], [b]) => a - b)
        .map(([, ask]) => ask);
      expect(clear({ ...input, asks: shuffled })).toEqual(clear(input));
    }),
    { numRuns: 300 },
  );
});

test('a winner never gets less than its ask, nor anybody more than limits and ceiling allow', () => {
  fc.assert(
    fc.property(inputArbitrary, (input) => {
      const { winner, runnersUp } = clear(input);
      for (const cleared of winner === undefined ? [] : [winner, ...runnersUp]) {
        expect(cleared.multiplierPpm).toBeGreaterThanOrEqual(cleared.standing.ask.multiplierPpm);
        expect(cleared.multiplierPpm).toBeLessThanOrEqual(
          input.pools.get(1)?.ceilingPpm ?? Number.MAX_SAFE_INTEGER,
        );
        expect(cleared.prices.priceInput).toBeLessThanOrEqual(input.request.maxPriceInput);
        expect(cleared.prices.priceOutput).toBeLessThanOrEqual(input.request.maxPriceOutput);
      }
    }),
    { numRuns: 500 },
  );
});

test('a pool is model, tier and class, and nothing that a buyer chooses', () => {
  const expected = createHash('sha256')
    .update(Buffer.from(`${hash(7).slice(2)}0103`, 'hex'))
    .digest('hex');
  expect(poolId(hash(7), 1, 3)).toBe(`0x${expected}`);
});
