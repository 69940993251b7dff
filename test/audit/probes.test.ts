import { clear, replayDifferences } from '@hearth/sdk/market';
import { expect, test } from '@jest/globals';
import { logged } from '../../sdk/src/market/sample-clearing.ts';
import { hash, sampleAsk, sampleInput } from '../../sdk/src/market/sample-market.ts';
import { Random } from '../fuzz/random.ts';

const SEED = 20_261_121;
const PROBES = 500;
const AUDITS = 2_000;
/** Of an honest auction, one in so many is replayed too: none may be accused. */
const CHECK_ONE_IN = 200;

/** One request of a mystery shopper over a book that is its own each time; a censor hides the ask that would win. */
function isCaught(random: Random, isCensored: boolean): boolean {
  const asks = Array.from({ length: 4 }, (_, n) =>
    sampleAsk(n, { multiplierPpm: 900_000 + 10_000 * random.below(30) }),
  );
  const input = sampleInput({ asks, requestId: hash(random.uint32()) });
  const honest = clear(input);
  const shown = isCensored ? asks.filter(({ askId }) => askId !== honest.winner?.askId) : asks;
  return replayDifferences(logged({ ...input, asks: shown }), honest, input.priceCard).length > 0;
}

test(`500 probes find a gateway that censors one auction in a hundred, in 99 of 100 audits (seed ${SEED})`, () => {
  const random = new Random(SEED, 0);
  let found = 0;
  let censored = 0;
  let accused = 0;
  for (let audit = 0; audit < AUDITS; audit += 1) {
    let isFound = false;
    for (let probe = 0; probe < PROBES; probe += 1) {
      if (random.oneIn(100)) {
        censored += 1;
        isFound = isCaught(random, true) || isFound;
      } else if (random.oneIn(CHECK_ONE_IN) && isCaught(random, false)) accused += 1;
    }
    if (isFound) found += 1;
  }
  expect(censored / (AUDITS * PROBES)).toBeCloseTo(0.01, 3);
  expect(found / AUDITS).toBeGreaterThanOrEqual(0.99);
  expect(found / AUDITS).toBeCloseTo(1 - 0.99 ** PROBES, 2); // a probe that meets the censor always catches it
  expect(accused).toBe(0);
});
